"""From sources to an index, and an index opened for asking."""

from pincite.indexing.opening import DocumentStatus, Index, IndexStatus
from pincite.indexing.updating import update_index

__all__ = ["DocumentStatus", "Index", "IndexStatus", "update_index"]
