"""May this person be written to: suppression, refusals, the gate all sending passes."""
