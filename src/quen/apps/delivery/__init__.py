"""Messages: dispatches, fan-out, sending, receipts, opens and clicks."""
