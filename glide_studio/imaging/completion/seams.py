"""Where copies of the picture meet: seams of least cost, found by graph cuts. Compiled by numba.

A hole is filled by copies of the picture, each moved by one shift (dy, dx); a label is the index of
a shift. Between two labels runs a seam, whose cost is that of Kwatra et al. 2003 ("Graphcut
textures", eq. 1), squared: by how much both copies differ on both of its sides. The labelling is
improved by alpha expansion (Boykov, Veksler, Zabih 2001), as He and Sun do in "Statistics of patch
offsets for image completion" (2012), and by fusion with whole other labellings (Lempitsky et al.
2010, "Fusion moves"); the minimum cuts are those of Boykov and Kolmogorov 2004.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from glide_studio.imaging.completion.kernels import OPTIONS, strangeness

FORBIDDEN = np.float32(1e7)  # cost of a pixel that may not be taken
BESIDE = np.float32(6000)  # cost of a seam to what may not be taken
FREE, TERMINAL, ORPHAN = -1, 4, 5  # parents that are no neighbour

# Nodes are numbered in a grid with a rim of one, so that every node has four neighbours: above,
# below, to the left and to the right. The direction back is the other of each pair.


@njit(**OPTIONS)
def min_cut(capacity, terminal, width, member):
    """Find the minimum cut; afterwards side[n] is True for nodes on the sink's side.

    capacity: float32 [N, 4], residual, from a node to its neighbours; terminal: float32 [N], above 0
    what flows in from the source, below 0 what flows out to the sink; both are used up. member: bool
    [N], nodes that take part. Returns side, bool [N].
    """
    count = terminal.shape[0]
    step = np.array([-width, width, -1, 1])
    parent = np.full(count, FREE, np.int8)
    tree = np.zeros(count, np.int8)  # 1 source, -1 sink
    stamp = np.zeros(count, np.int32)
    depth = np.zeros(count, np.int32)
    queue = np.empty(count, np.int32)  # a ring; each node waits in it at most once
    waits = np.zeros(count, np.bool_)
    head = 0
    waiting = 0
    orphans = np.empty(4 * count + 16, np.int32)
    for n in range(count):
        if member[n] and terminal[n] != 0:
            tree[n] = 1 if terminal[n] > 0 else -1
            parent[n] = TERMINAL
            depth[n] = 1
            queue[(head + waiting) % count] = n
            waiting += 1
            waits[n] = True
    time = 0
    current = -1
    while True:
        # grow
        node = current
        if node < 0 or tree[node] == 0:
            node = -1
            while waiting > 0:
                first = queue[head]
                head = (head + 1) % count
                waiting -= 1
                waits[first] = False
                if tree[first] != 0:
                    node = first
                    break
            if node < 0:
                break
        current = -1
        own = tree[node]
        meet = -1
        other = -1
        way = 0
        for k in range(4):
            near = node + step[k]
            room = capacity[node, k] if own > 0 else capacity[near, k ^ 1]
            if room <= 0:
                continue
            if tree[near] == 0:
                tree[near] = own
                parent[near] = k ^ 1
                stamp[near] = stamp[node]
                depth[near] = depth[node] + 1
                if not waits[near]:
                    queue[(head + waiting) % count] = near
                    waiting += 1
                    waits[near] = True
            elif tree[near] != own:
                meet = node if own > 0 else near
                other = near if own > 0 else node
                way = k if own > 0 else k ^ 1
                break
            elif stamp[near] <= stamp[node] and depth[near] > depth[node]:
                parent[near] = k ^ 1
                stamp[near] = stamp[node]
                depth[near] = depth[node] + 1
        time += 1
        if meet < 0:
            continue
        current = node
        # augment along source .. meet -> other .. sink
        flow = capacity[meet, way]
        n = meet
        while parent[n] != TERMINAL:
            up = n + step[parent[n]]
            flow = min(flow, capacity[up, parent[n] ^ 1])
            n = up
        flow = min(flow, terminal[n])
        n = other
        while parent[n] != TERMINAL:
            flow = min(flow, capacity[n, parent[n]])
            n = n + step[parent[n]]
        flow = min(flow, -terminal[n])
        capacity[meet, way] -= flow
        capacity[other, way ^ 1] += flow
        lost = 0
        n = meet
        while parent[n] != TERMINAL:
            k = parent[n]
            up = n + step[k]
            capacity[n, k] += flow
            capacity[up, k ^ 1] -= flow
            if capacity[up, k ^ 1] <= 0:
                capacity[up, k ^ 1] = 0
                parent[n] = ORPHAN
                orphans[lost] = n
                lost += 1
            n = up
        terminal[n] -= flow
        if terminal[n] <= 0:
            terminal[n] = 0
            parent[n] = ORPHAN
            orphans[lost] = n
            lost += 1
        n = other
        while parent[n] != TERMINAL:
            k = parent[n]
            up = n + step[k]
            capacity[up, k ^ 1] += flow
            capacity[n, k] -= flow
            if capacity[n, k] <= 0:
                capacity[n, k] = 0
                parent[n] = ORPHAN
                orphans[lost] = n
                lost += 1
            n = up
        terminal[n] += flow
        if terminal[n] >= 0:
            terminal[n] = 0
            parent[n] = ORPHAN
            orphans[lost] = n
            lost += 1
        # adopt
        while lost > 0:
            lost -= 1
            n = orphans[lost]
            own = tree[n]
            best = -1
            least = 1 << 30
            for k in range(4):
                near = n + step[k]
                room = capacity[near, k ^ 1] if own > 0 else capacity[n, k]
                if room <= 0 or tree[near] != own or parent[near] == FREE:
                    continue
                # does its branch still end at a terminal?
                far = 0
                m = near
                rooted = False
                while True:
                    if stamp[m] == time:
                        far += depth[m]
                        rooted = True
                        break
                    up = parent[m]
                    far += 1
                    if up == TERMINAL:
                        stamp[m] = time
                        depth[m] = 1
                        rooted = True
                        break
                    if up in (ORPHAN, FREE):
                        break
                    m = m + step[up]
                if not rooted:
                    continue
                if far < least:
                    least = far
                    best = k
                m = near
                while stamp[m] != time:
                    stamp[m] = time
                    depth[m] = far
                    far -= 1
                    m = m + step[parent[m]]
            if best >= 0:
                parent[n] = best
                stamp[n] = time
                depth[n] = least + 1
                continue
            for k in range(4):
                near = n + step[k]
                if tree[near] != own or parent[near] == FREE:
                    continue
                room = capacity[near, k ^ 1] if own > 0 else capacity[n, k]
                if room > 0 and not waits[near]:
                    queue[(head + waiting) % count] = near
                    waiting += 1
                    waits[near] = True
                if 0 <= parent[near] < 4 and near + step[parent[near]] == n:
                    parent[near] = ORPHAN
                    orphans[lost] = near
                    lost += 1
            tree[n] = 0
            parent[n] = FREE
    side = np.zeros(count, np.bool_)
    for n in range(count):
        side[n] = tree[n] == -1
    return side


@njit(inline="always")
def _differ(image, ay, ax, by, bx):
    total = np.float32(0)
    for c in range(3):
        gap = image[ay, ax, c] - image[by, bx, c]
        total += gap * gap
    return total


@njit(inline="always")
def _usable(usable, y, x):
    return 0 <= y < usable.shape[0] and 0 <= x < usable.shape[1] and usable[y, x]


@njit(inline="always")
def _is_known(hole, y, x):
    return 0 <= y < hole.shape[0] and 0 <= x < hole.shape[1] and not hole[y, x]


@njit(**OPTIONS)
def _seam(image, hole, y, x, vy, vx, one, two):
    """Return cost of a seam between the pixels (y, x) with the shift `one` and (vy, vx) with `two`.

    Where nothing is known beside a copy, it is taken to go on without a step.
    """
    if one[0] == two[0] and one[1] == two[1]:
        return np.float32(0)
    ay, ax, by, bx = y + one[0], x + one[1], vy + two[0], vx + two[1]
    if not (_is_known(hole, ay, ax) and _is_known(hole, by, bx)):
        return BESIDE  # one of them is forbidden anyway
    cy, cx, dy, dx = y + two[0], x + two[1], vy + one[0], vx + one[1]
    if not _is_known(hole, cy, cx):
        cy, cx = by, bx
    if not _is_known(hole, dy, dx):
        dy, dx = ay, ax
    return _differ(image, ay, ax, cy, cx) + _differ(image, by, bx, dy, dx)


@njit(**OPTIONS)
def _own_cost(image, usable, hole, allowed, guide, dear, looks, strange, y, x, shift):
    """Return cost of a shift at a pixel alone: seams to what is known, lines moved aside, looks."""
    sy = y + shift[0]
    sx = x + shift[1]
    on_line = guide[y, x, 2] > 0
    if not _usable(usable, sy, sx) or not (on_line or allowed[y, 0] <= sy <= allowed[y, 1]):
        return FORBIDDEN
    aside = guide[y, x, 0] * shift[0] + guide[y, x, 1] * shift[1]
    total = guide[y, x, 2] * min(aside * aside, np.float32(1)) + dear[sy, sx]
    total += strange * strangeness(looks, y, x, sy, sx)
    for k in range(4):
        dy = (k == 0) * -1 + (k == 1) * 1
        dx = (k == 2) * -1 + (k == 3) * 1
        if 0 <= y + dy < hole.shape[0] and 0 <= x + dx < hole.shape[1] and not hole[y + dy, x + dx]:
            if _is_known(hole, sy + dy, sx + dx):
                total += 2 * _differ(image, y + dy, x + dx, sy + dy, sx + dx)
            else:
                total += 2 * _differ(image, y + dy, x + dx, sy, sx)
    return total


@njit(**OPTIONS)
def fuse(
    image, usable, hole, allowed, guide, dear, looks, strange, origin, shifts, chosen, proposed,
    seam,
):  # fmt: skip
    """Let what is proposed take every pixel of the hole where that lowers the total cost.

    image: float32 [H, W, 3]; usable: bool [H, W], what may be taken; allowed: int32 [H, 2], the
    first and the last row of it for each row of the hole, except along lines; guide: float32
    [H, W, 3], see `lines.guide_along`; dear: float32 [H, W], what each pixel costs that is taken;
    looks: float32 [H, W, K], see `kernels.strangeness`, which costs `strange` at most; origin: row
    and column of the box of `chosen`, int32 [h, w], indices into shifts int32 [N, 2], -1 where
    there is no hole.
    proposed: int32 [h, w] like it; the same everywhere for an alpha expansion. seam: cost of a seam
    of one pixel, beside that of the colors. Returns how many pixels changed.
    """
    height, width = chosen.shape
    wide = width + 2
    count = (height + 2) * wide
    capacity = np.zeros((count, 4), np.float32)
    terminal = np.zeros(count, np.float32)
    member = np.zeros(count, np.bool_)
    for i in range(height):
        for j in range(width):
            if chosen[i, j] < 0:
                continue
            n = (i + 1) * wide + j + 1
            member[n] = True
            y = i + origin[0]
            x = j + origin[1]
            old = shifts[chosen[i, j]]
            new = shifts[proposed[i, j]]
            terminal[n] += _own_cost(
                image, usable, hole, allowed, guide, dear, looks, strange, y, x, new
            )
            terminal[n] -= _own_cost(
                image, usable, hole, allowed, guide, dear, looks, strange, y, x, old
            )
            for k in (1, 3):
                vi = i + (k == 1)
                vj = j + (k == 3)
                if vi >= height or vj >= width or chosen[vi, vj] < 0:
                    continue
                theirs = shifts[chosen[vi, vj]]
                next_new = shifts[proposed[vi, vj]]
                vy = vi + origin[0]
                vx = vj + origin[1]
                keep = _seam(image, hole, y, x, vy, vx, old, theirs)
                keep += seam * (chosen[i, j] != chosen[vi, vj])
                mine = _seam(image, hole, y, x, vy, vx, old, next_new)  # the neighbour takes it
                mine += seam * (chosen[i, j] != proposed[vi, vj])
                other = _seam(image, hole, y, x, vy, vx, new, theirs)  # only this pixel does
                other += seam * (chosen[vi, vj] != proposed[i, j])
                both = _seam(image, hole, y, x, vy, vx, new, next_new)
                both += seam * (proposed[i, j] != proposed[vi, vj])
                # a cut needs keep + both <= mine + other
                keep = min(keep, mine + other - both)
                m = (vi + 1) * wide + vj + 1
                terminal[n] += other - keep
                terminal[m] += both - other
                capacity[n, k] += mine + other - keep - both
    changed = 0
    if terminal.min() >= 0:
        return changed
    side = min_cut(capacity, terminal, wide, member)
    for i in range(height):
        for j in range(width):
            new = proposed[i, j]
            if chosen[i, j] >= 0 and chosen[i, j] != new and side[(i + 1) * wide + j + 1]:
                chosen[i, j] = new
                changed += 1
    return changed


@njit(**OPTIONS)
def total_cost(
    image, usable, hole, allowed, guide, dear, looks, strange, origin, shifts, chosen, seam
):  # fmt: skip
    """Return the cost that `fuse` lowers."""
    height, width = chosen.shape
    total = 0.0
    for i in range(height):
        for j in range(width):
            if chosen[i, j] < 0:
                continue
            y = i + origin[0]
            x = j + origin[1]
            own = shifts[chosen[i, j]]
            total += _own_cost(image, usable, hole, allowed, guide, dear, looks, strange, y, x, own)
            for k in (1, 3):
                vi = i + (k == 1)
                vj = j + (k == 3)
                if vi >= height or vj >= width or chosen[vi, vj] < 0:
                    continue
                total += _seam(
                    image, hole, y, x, vi + origin[0], vj + origin[1], own, shifts[chosen[vi, vj]]
                ) + seam * (chosen[i, j] != chosen[vi, vj])
    return total
