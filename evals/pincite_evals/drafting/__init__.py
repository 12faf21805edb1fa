"""Question files drafted from a user's own documents, by rules, for a person to correct."""

from pincite_evals.drafting.drafting import Draft, draft, write_drafts

__all__ = ["Draft", "draft", "write_drafts"]
