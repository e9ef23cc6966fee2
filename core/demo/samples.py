"""The sample prompts that the Run page offers: twelve pieces of office work, each with written answers."""

from core.llm.simulated_answers import Sample, sample_of, written_samples

__all__ = ["Sample", "sample_of", "samples"]


def samples() -> tuple[Sample, ...]:
    """Give the samples in the order in which a page offers them; the first stands in the box on the first visit."""
    return written_samples()
