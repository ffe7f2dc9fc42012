"""The nodes of the graph, one file each; every one can be run again without harm."""
