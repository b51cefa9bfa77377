"""Help Center's JSON, as far as it is used."""

from __future__ import annotations

from pydantic import AwareDatetime, BaseModel

from connectors.zendesk.rows import Page


class ArticleRow(BaseModel):
    id: int
    title: str = ""
    body: str | None = None
    locale: str
    section_id: int | None = None
    author_id: int | None = None
    user_segment_id: int | None = None
    user_segment_ids: list[int] = []
    permission_group_id: int | None = None
    draft: bool = False
    label_names: list[str] = []
    vote_sum: int = 0
    html_url: str = ""
    created_at: AwareDatetime
    updated_at: AwareDatetime

    @property
    def restricted(self) -> bool:
        """Whether it is for a part of the readers alone: for those who signed in, or for the team."""
        return self.user_segment_id is not None or bool(self.user_segment_ids)


class TranslationRow(BaseModel):
    """An article's words in one language."""

    title: str
    body: str | None = None
    draft: bool = False
    updated_at: AwareDatetime


class SectionRow(BaseModel):
    id: int
    name: str


class LabelRow(BaseModel):
    id: int
    name: str


class RemarkRow(BaseModel):
    """A comment below an article."""

    id: int
    author_id: int | None = None
    body: str = ""
    created_at: AwareDatetime
    updated_at: AwareDatetime


class ArticleAnswer(BaseModel):
    article: ArticleRow


class TranslationAnswer(BaseModel):
    translation: TranslationRow


class ArticlesPage(Page):
    articles: list[ArticleRow]


class ArticleExport(BaseModel):
    """A page of the export; there is another as long as ``next_page`` names it."""

    articles: list[ArticleRow]
    end_time: int | None = None
    next_page: str | None = None


class SectionsPage(Page):
    sections: list[SectionRow]


class LabelsPage(Page):
    labels: list[LabelRow]


class RemarksPage(Page):
    comments: list[RemarkRow]
