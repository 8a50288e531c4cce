"""Rules of the website app: keys, marks, tokens, and what the script sends."""
