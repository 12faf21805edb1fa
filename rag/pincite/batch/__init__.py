"""A file of questions answered into a file of answers, a line each."""

from pincite.batch.answer_file import BatchSettings
from pincite.batch.questions import BatchQuestion, QuestionFile, read_questions
from pincite.batch.running import BatchReport, run_batch

__all__ = ["BatchQuestion", "BatchReport", "BatchSettings", "QuestionFile", "read_questions", "run_batch"]
