"""The team: who annotates which article, who is qualified to begin, and the progress of each annotator."""
