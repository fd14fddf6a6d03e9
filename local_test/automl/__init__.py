"""AutoML: the best pipeline of our images for a data set, searched by real jobs in a budget."""
