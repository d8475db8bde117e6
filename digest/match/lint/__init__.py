"""What is worth a remark in a rule that is correct."""
