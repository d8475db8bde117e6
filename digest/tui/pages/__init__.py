"""The pages that lie over the desk: one room for what a pane has no place for. Each reads the store by itself."""
