"""Records of feature groups: the online store, the journal and the files of the offline store."""
