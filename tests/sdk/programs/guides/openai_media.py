"""Embeddings, images, legacy completions and structured chat, all in one traced pipeline."""

import json

import openai
from pydantic import BaseModel

import spanbridge as mlflow
from spanbridge.entities import SpanType

mlflow.openai.autolog()
client = openai.OpenAI()


class Caption(BaseModel):
    title: str
    tags: list[str]


@mlflow.trace(span_type=SpanType.WORKFLOW)
def illustrate(text: str) -> dict:
    vectors = client.embeddings.create(model="emb-fake", input=[text, text.upper()])
    image = client.images.generate(model="gpt-image-fake", prompt=text)
    story = client.completions.create(model="gpt-fake", prompt=text, max_tokens=20)
    caption = client.chat.completions.parse(
        model="gpt-fake",
        messages=[{"role": "user", "content": text}],
        response_format=Caption,
    )
    return {
        "vectors": len(vectors.data),
        "image": len(image.data[0].b64_json),
        "story": story.choices[0].text,
        "title": caption.choices[0].message.parsed.title,
    }


print(json.dumps(illustrate("a boat on the river")))
