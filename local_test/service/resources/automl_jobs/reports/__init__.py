"""Reports of the best candidate, by processing jobs of the analyzer."""
