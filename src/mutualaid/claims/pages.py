"""Pages that people bring, whatever they prove: photos of a phone or PDF, of a size that can be kept."""

from __future__ import annotations

from mutualaid.claims.refusals import Refused
from mutualaid.core import papers, pictures

PAGE_SIZE_MOST = 15 * 1024 * 1024
"""Bytes of one page: a photo of a phone has 2 to 8 MB."""
HEIC_BRANDS = {b"heic", b"heix", b"hevc", b"hevx", b"mif1", b"msf1", b"heim", b"heis"}


class BadPage(Refused):
    """A page that cannot be taken."""


def page_type(*, content: bytes) -> str:
    """The media type of a page. Raises BadPage."""
    if len(content) > PAGE_SIZE_MOST:
        raise BadPage(
            f"每页最大 {PAGE_SIZE_MOST >> 20} MB，得到 {len(content) / (1 << 20):.1f} MB；请用手机重新拍照，或压缩后再传",
            f"expected at most {PAGE_SIZE_MOST >> 20} MB a page, found {len(content) / (1 << 20):.1f} MB; make it smaller",
        )
    if content[4:8] == b"ftyp" and content[8:12] in HEIC_BRANDS:
        raise BadPage(
            "照片应为 JPG 或 PNG，得到的是 HEIC；苹果手机请在“设置—相机—格式”选“兼容性最佳”后重拍，或截屏后上传截图",
            "expected a photo as JPG or PNG, found HEIC; on an iPhone choose Settings – Camera – Formats – Most Compatible "
            "and take it again, or upload a screenshot",
        )
    found = papers.type_of(content) if content else ""
    if found not in (papers.JPEG, papers.PNG, papers.PDF):
        raise BadPage(
            "材料应为照片（JPG、PNG）或 PDF，得到的是空文件或其他格式；请重新拍照或选择文件",
            "expected a photo (JPG, PNG) or a PDF, found an empty file or another format; take the photo again",
        )
    if found == papers.PDF and not _ends(content):
        raise BadPage(
            "PDF 不完整（可能没有传完）；请打开看得清楚后再上传，或改为拍照",
            "expected a whole PDF, found one that was cut off; see that it opens and upload it again, or take photos",
        )
    if found != papers.PDF and (fault := pictures.fault_of(content)):
        raise BadPage(*fault)
    return found


def _ends(content: bytes) -> bool:
    """Whether a PDF has its end, by which readers find all the rest; some programs write a little after it."""
    return b"startxref" in content[-8192:] and b"%%EOF" in content[-8192:]
