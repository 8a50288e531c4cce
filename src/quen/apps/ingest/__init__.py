"""What strangers and providers send us: kept raw first, understood later."""
