"""Messages: fan-out, hand-over, receipts, opens and clicks."""
