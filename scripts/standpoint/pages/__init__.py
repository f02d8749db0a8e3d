"""What annotators and adjudicators see in Label Studio: label configs, tasks, masking."""
