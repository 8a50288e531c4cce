"""Groups: contacts that the shop's people put together by hand."""
