"""What people, judges and programs think of an answer; and what would have been right."""

import json

import spanbridge as mlflow
from spanbridge.entities import AssessmentSource, AssessmentSourceType


@mlflow.trace
def answer(question: str) -> str:
    return "Lisbon"


answer("What is the capital of Portugal?")
trace_id = mlflow.get_last_active_trace_id()

thumbs = mlflow.log_feedback(
    trace_id=trace_id,
    name="helpful",
    value=True,
    rationale="A short answer was what was wanted",
    source=AssessmentSource(source_type=AssessmentSourceType.HUMAN, source_id="person_1"),
)
score = mlflow.log_feedback(
    trace_id=trace_id,
    name="relevance",
    value=0.4,
    source=AssessmentSource(source_type="LLM_JUDGE", source_id="judge-model"),
    metadata={"prompt": "v2"},
)
broken = mlflow.log_feedback(trace_id=trace_id, name="style", error=ValueError("judge is away"))
mlflow.log_expectation(
    trace_id=trace_id,
    name="expected_answer",
    value={"city": "Lisbon"},
    source=AssessmentSource(source_type=AssessmentSourceType.HUMAN, source_id="person_2"),
)
corrected = mlflow.override_feedback(
    trace_id=trace_id,
    assessment_id=score.assessment_id,
    value=0.9,
    rationale="Looked at it again",
    source=AssessmentSource(source_type="HUMAN", source_id="person_2"),
)
mlflow.delete_assessment(trace_id=trace_id, assessment_id=thumbs.assessment_id)

trace = mlflow.get_trace(trace_id)
print(
    json.dumps(
        {
            "feedback": [
                [one.name, one.value, one.source.source_type]
                for one in trace.search_assessments(type="feedback")
            ],
            "expected": [
                one.value for one in trace.search_assessments("expected_answer", type="expectation")
            ],
            "all": len(trace.search_assessments("relevance", all=True)),
            "overrides": corrected.overrides == score.assessment_id,
            "error": broken.error.error_message,
            "found": len(
                mlflow.search_traces(filter_string="feedback.relevance > 0.8", return_type="list")
            ),
        }
    )
)
