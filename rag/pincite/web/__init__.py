"""What every server of ours shares: the API's, the page's and that of MCP over HTTP.

The guard that each request passes, addresses, connections and their limits, uploads and the names of files, folders
that nobody else may look into.
"""
