"""Pure sums of the content room: the language, cleaning, layout, footer, compiling, checking."""
