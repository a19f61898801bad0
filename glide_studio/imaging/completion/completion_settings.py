"""The numbers of a completion."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """How a completion is computed; the numbers were chosen on photographs that no test looks at.

    radius: of the patches, pixels (side 2 radius + 1).
    bias: color offset that two patches may differ by, 0 .. 255.
    texture: weight of the texture features in the patch distance; with less, flat areas attract.
    shifts: how many frequent offsets of the picture are tried in the search.
    lines: how many of the lines that the hole interrupts are continued.
    unlike: what a match costs more, in usual costs, that looks like nothing around the hole.
    unlike_seam: what a pixel of such a place costs in the graph cut, squared differences.
    unexpected, unexpected_seam: the same for what is far from the tones and the strength of texture
        that the rim lets expect there.
    coarsest: depth of the hole at which the pyramid ends, in patch radii.
    solve_side: longest side, pixels, up to which the whole picture is searched; on larger levels the
        field is carried up and refined near where it points.
    rounds, sweeps: of voting, and of PatchMatch a round, at the finest level; more at coarser ones.
    spread, spread_fine: width of the voting weights over the PERCENTILE of the costs; where it is
        small, patches that fit easily outvote those at the edge, and what the edge cuts stays cut.
    confidence: a patch's vote falls by this factor with every pixel from what is known.
    fidelity: weight of the voted colors where the seams between copies are laid.
    edge: color step, 0 .. 255, from which on a seam is an edge and is not spread out.
    screen: how firmly tones follow the votes in the gradient domain.
    smooth_screen: the same, where surroundings are smooth, with the tones that spread from there.
    cut_pixels: pixels of the hole at the level where copies are joined by graph cuts.
    cut_shifts: how many of the most used shifts of each run are tried there.
    cut_rounds: how often all shifts are tried.
    seam: cost of one pixel of a seam beside that of the colors, squared differences.
    overuse: what a match costs more, in usual costs, for every time that it is used beyond the average.
    strips: try to go on with strips along the border there, where a canvas is extended.
    runs: solutions of the coarse levels, with patches of different sizes, whose shifts are pooled.
    fine_rounds, fine_reach: of voting, and pixels of the random search, below that level.
    """

    radius: int = 3
    bias: float = 4.0
    texture: float = 6.0
    shifts: int = 24
    lines: int = 16
    unlike: float = 1.0
    unlike_seam: float = 300.0
    unexpected: float = 2.0
    unexpected_seam: float = 1200.0
    coarsest: float = 0.5
    solve_side: int = 1000
    rounds: int = 3
    sweeps: int = 5
    spread: float = 30.0
    spread_fine: float = 5.0
    confidence: float = 3.0
    fidelity: float = 0.1
    edge: float = 80.0
    screen: float = 0.003
    smooth_screen: float = 0.1
    cut_pixels: int = 4000
    cut_shifts: int = 40
    cut_rounds: int = 2
    seam: float = 100.0
    fine_rounds: int = 3
    fine_reach: int = 4
    runs: int = 2
    overuse: float = 0.0
    strips: bool = True
