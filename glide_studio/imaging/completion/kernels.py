"""The loops over pixels: nearest neighbors, voting, labeling and the screened Poisson solve.

Compiled by numba at the first call and kept on disk (next to this file, or in the user's cache
folder where this is read-only). All of them release the interpreter's lock.

Arrays: `image` is float32 [H, W, C]; colors come first, then texture features. `origin` is the
(row, column) of the box in which targets live; `ny`, `nx` int32 [h, w] are rows and columns of
source centers in `image`; `cost` float32 [h, w]; `target` bool [h, w] marks the centers that have a
match.
"""

from __future__ import annotations

import numpy as np
from numba import njit

INFINITE = np.float32(1e30)
MEAN_STEPS = 100  # of an int16 for one of 256 tones
OPTIONS = {"cache": True, "nogil": True, "fastmath": True, "error_model": "numpy"}


@njit(inline="always")
def _random(state):
    """Return the next 32 random bits (xorshift: Marsaglia 2003); state uint32 [1]."""
    x = state[0]
    x ^= (x << np.uint32(13)) & np.uint32(0xFFFFFFFF)
    x ^= x >> np.uint32(17)
    x ^= (x << np.uint32(5)) & np.uint32(0xFFFFFFFF)
    state[0] = x
    return x


@njit(inline="always")
def _difference(means, ay, ax, by, bx, channel):
    """Return the mean of the patch around (ay, ax) minus that around (by, bx)."""
    steps = means[ay, ax, channel] - means[by, bx, channel]
    return np.float32(steps) / np.float32(MEAN_STEPS)


@njit(**OPTIONS)
def patch_cost(lines, channels, means, ay, ax, by, bx, radius, bias, best):
    """Sum of squared differences of two patches after the best color offset of at most `bias`.

    lines: float32 [H, W * channels], the image, so that a row of a patch is one run of memory.
    means: int16 [H, W, 3], the mean color of the patch around each pixel, from which the offset
    follows without a look at the pixels (the bias of Image Melding, Darabi et al. 2012, section 4).
    Gives up with INFINITE as soon as `best` is reached.
    """
    side = 2 * radius + 1
    count = np.float32(side * side)
    saved = np.float32(0)
    least = np.float32(0)
    for c in range(3):
        gap = _difference(means, ay, ax, by, bx, c)
        offset = min(max(gap, -bias), bias)
        saved += count * (2 * offset * gap - offset * offset)
        least += count * (gap - offset) * (gap - offset)
    if least >= best:
        return INFINITE
    limit = best + saved
    run = side * channels
    a = (ax - radius) * channels
    b = (bx - radius) * channels
    total = np.float32(0)
    for dy in range(-radius, radius + 1):
        one = lines[ay + dy, a : a + run]
        two = lines[by + dy, b : b + run]
        row = np.float32(0)
        for i in range(run):
            difference = one[i] - two[i]
            row += difference * difference
        total += row
        if total >= limit:
            return INFINITE
    return max(total - saved, np.float32(0))


@njit(inline="always")
def strangeness(looks, ay, ax, by, bx):
    """Return 0 .. 1: how far the look of (by, bx) is from that of (ay, ax).

    looks: float32 [H, W, K], in the hole what is expected there; of K = 0 planes nothing is far.
    """
    apart = np.float32(0)
    for c in range(looks.shape[2]):
        gap = looks[ay, ax, c] - looks[by, bx, c]
        apart += gap * gap
    return apart / (apart + np.float32(1))


@njit(**OPTIONS)
def refresh_costs(
    image, means, origin, ny, nx, cost, target, penalty, looks, strange, radius, bias, rows
):  # fmt: skip
    """Recompute `cost` in the rows `rows` of the box after the image has changed."""
    channels = image.shape[2]
    lines = image.reshape(image.shape[0], image.shape[1] * channels)
    for y in range(rows[0], rows[1]):
        for x in range(target.shape[1]):
            if target[y, x]:
                cost[y, x] = patch_cost(
                    lines, channels, means, y + origin[0], x + origin[1], ny[y, x], nx[y, x],
                    radius, bias, INFINITE,
                ) + penalty[ny[y, x], nx[y, x]]  # fmt: skip
                cost[y, x] += strange * strangeness(
                    looks, y + origin[0], x + origin[1], ny[y, x], nx[y, x]
                )


@njit(**OPTIONS)
def search(
    image, means, origin, ny, nx, cost, target, source, allowed, penalty, looks, strange, radius,
    bias, rows, forward, reach, shifts, state,
):  # fmt: skip
    """Do one sweep of PatchMatch (Barnes et al. 2009) over the rows `rows` of the box.

    source: bool [H, W], centers that may be taken from; allowed: int32 [H, 2], the first and the
    last of their rows for each row of targets; penalty: float32 [H, W], added to the cost of what
    is centered there; looks: float32 [H, W, K], see `strangeness`; strange: what that costs at
    most. forward: direction of the sweep. reach: pixels of the
    random search's first radius, halved down to 1; below 1 there is none. shifts: int32 [N, 2],
    frequent offsets of the picture (He and Sun 2012), of which two are tried.
    """
    width = source.shape[1]
    channels = image.shape[2]
    lines = image.reshape(image.shape[0], image.shape[1] * channels)
    step = -1 if forward else 1
    for i in range(rows[1] - rows[0]):
        y = rows[0] + i if forward else rows[1] - 1 - i
        for j in range(target.shape[1]):
            x = j if forward else target.shape[1] - 1 - j
            if not target[y, x]:
                continue
            ay = y + origin[0]
            ax = x + origin[1]
            first = allowed[ay, 0]
            last = allowed[ay, 1]
            best = cost[y, x]
            sy = ny[y, x]
            sx = nx[y, x]
            for k in range(2):
                vy = y + step if k == 0 else y
                vx = x if k == 0 else x + step
                if vy < 0 or vx < 0 or vy >= target.shape[0] or vx >= target.shape[1]:
                    continue
                if not target[vy, vx]:
                    continue
                qy = ny[vy, vx] + y - vy
                qx = nx[vy, vx] + x - vx
                if qy < first or qx < 0 or qy > last or qx >= width or not source[qy, qx]:
                    continue
                if qy == sy and qx == sx:
                    continue
                more = penalty[qy, qx] + strange * strangeness(looks, ay, ax, qy, qx)
                found = more + patch_cost(
                    lines, channels, means, ay, ax, qy, qx, radius, bias, best - more
                )  # fmt: skip
                if found < best:
                    best = found
                    sy = qy
                    sx = qx
            for _ in range(min(2, shifts.shape[0])):
                k = _random(state) % np.uint32(shifts.shape[0])
                qy = ay + shifts[k, 0]
                qx = ax + shifts[k, 1]
                if qy < first or qx < 0 or qy > last or qx >= width or not source[qy, qx]:
                    continue
                more = penalty[qy, qx] + strange * strangeness(looks, ay, ax, qy, qx)
                found = more + patch_cost(
                    lines, channels, means, ay, ax, qy, qx, radius, bias, best - more
                )  # fmt: skip
                if found < best:
                    best = found
                    sy = qy
                    sx = qx
            span = reach
            while span >= 1:
                wide = np.uint32(2 * span + 1)
                qy = sy + np.int64(_random(state) % wide) - span
                qx = sx + np.int64(_random(state) % wide) - span
                span //= 2
                if qy < first or qx < 0 or qy > last or qx >= width or not source[qy, qx]:
                    continue
                more = penalty[qy, qx] + strange * strangeness(looks, ay, ax, qy, qx)
                found = more + patch_cost(
                    lines, channels, means, ay, ax, qy, qx, radius, bias, best - more
                )  # fmt: skip
                if found < best:
                    best = found
                    sy = qy
                    sx = qx
            cost[y, x] = best
            ny[y, x] = sy
            nx[y, x] = sx


@njit(**OPTIONS)
def vote(
    image, means, origin, ny, nx, cost, target, hole, weight, spread, radius, bias, rows, total
):  # fmt: skip
    """Add up what the patches of the rows `rows` propose for the pixels of the hole.

    Weights are weight * exp(-cost / spread); weight: float32 [h, w]. hole: bool [H, W]. total:
    float32 [h + 2 radius, w + 2 radius, C + 1], sums of weighted colors, and of the weights.
    """
    channels = image.shape[2]
    offset = np.zeros(channels, np.float32)
    for y in range(rows[0], rows[1]):
        for x in range(target.shape[1]):
            if not target[y, x]:
                continue
            sy = ny[y, x]
            sx = nx[y, x]
            w = weight[y, x] * np.exp(-cost[y, x] / spread) + np.float32(1e-12)
            for c in range(3):
                gap = _difference(means, y + origin[0], x + origin[1], sy, sx, c)
                offset[c] = min(max(gap, -bias), bias)
            for dy in range(-radius, radius + 1):
                for dx in range(-radius, radius + 1):
                    if not hole[y + origin[0] + dy, x + origin[1] + dx]:
                        continue
                    sums = total[y + dy + radius, x + dx + radius]
                    sums[channels] += w
                    for c in range(channels):
                        sums[c] += w * (image[sy + dy, sx + dx, c] + offset[c])


@njit(**OPTIONS)
def take_votes(image, origin, radius, total):
    """Write the means of all votes into `image`, wherever there are any."""
    channels = image.shape[2]
    for y in range(total.shape[0]):
        for x in range(total.shape[1]):
            share = total[y, x, channels]
            if share > 0:
                for c in range(channels):
                    image[y + origin[0] - radius, x + origin[1] - radius, c] = (
                        total[y, x, c] / share
                    )


@njit(**OPTIONS)
def most_voted(origin, ny, nx, cost, target, hole, reach, spread, rows, ly, lx):
    """Return source pixel of every hole pixel: the one that most of the patches over it agree on.

    reach: patches at most that far from the pixel are asked. ly, lx: int32 [h, w], the answer in
    the box of the hole, -1 where there is no hole. Both boxes have the same origin.
    """
    height, width = target.shape
    side = 2 * reach + 1
    ys = np.empty(side * side, np.int32)
    xs = np.empty(side * side, np.int32)
    ws = np.empty(side * side, np.float32)
    for y in range(rows[0], rows[1]):
        for x in range(width):
            ly[y, x] = -1
            if not hole[y + origin[0], x + origin[1]]:
                continue
            count = 0
            top = np.float32(-1)
            for dy in range(-reach, reach + 1):
                for dx in range(-reach, reach + 1):
                    py = y + dy
                    px = x + dx
                    if py < 0 or px < 0 or py >= height or px >= width or not target[py, px]:
                        continue
                    sy = ny[py, px] - dy
                    sx = nx[py, px] - dx
                    w = np.exp(-cost[py, px] / spread) + np.float32(1e-6)
                    known = -1
                    for k in range(count):
                        if ys[k] == sy and xs[k] == sx:
                            known = k
                            break
                    if known < 0:
                        known = count
                        ys[known] = sy
                        xs[known] = sx
                        ws[known] = 0
                        count += 1
                    ws[known] += w
                    if ws[known] > top:
                        top = ws[known]
                        ly[y, x] = sy
                        lx[y, x] = sx


@njit(inline="always")
def _step_cost(image, ay, ax, by, bx):
    """Return squared color difference of two pixels."""
    total = np.float32(0)
    for c in range(3):
        difference = image[ay, ax, c] - image[by, bx, c]
        total += difference * difference
    return total


@njit(**OPTIONS)
def _label_cost(image, usable, origin, ly, lx, y, x, sy, sx):
    """Return what the label (sy, sx) costs at a pixel: the seams towards its four neighbors."""
    height, width = usable.shape
    total = np.float32(0)
    for k in range(4):
        dy = (k == 0) * -1 + (k == 1) * 1
        dx = (k == 2) * -1 + (k == 3) * 1
        vy = y + dy + origin[0]
        vx = x + dx + origin[1]
        if vy < 0 or vx < 0 or vy >= height or vx >= width:
            continue
        py = sy + dy
        px = sx + dx
        inside = 0 <= py < height and 0 <= px < width and usable[py, px]
        hy = y + dy
        hx = x + dx
        in_box = 0 <= hy < ly.shape[0] and 0 <= hx < ly.shape[1]
        if in_box and ly[hy, hx] >= 0:
            qy = ly[hy, hx]
            qx = lx[hy, hx]
            if qy == py and qx == px:
                continue
            ry = qy - dy
            rx = qx - dx
            if inside:
                total += _step_cost(image, py, px, qy, qx)
            else:
                total += 3000
            if 0 <= ry < height and 0 <= rx < width and usable[ry, rx]:
                total += _step_cost(image, sy, sx, ry, rx)
            else:
                total += 3000
        elif inside:
            total += 2 * _step_cost(image, py, px, vy, vx)
        else:
            total += 6000
    return total


@njit(**OPTIONS)
def move_seams(image, usable, origin, ly, lx, fidelity, rows, forward):
    """Let labels of the rows `rows` grow over their neighbors where the seam then costs less.

    The seam's cost is that of Kwatra et al. 2003 (Graphcut textures, eq. 1), squared; minimized
    pixel by pixel (iterated conditional modes), starting from a good labeling. `image` holds the
    voted colors in the hole; `fidelity` weighs how far a label's color may be from them.
    """
    height, width = ly.shape
    for i in range(rows[1] - rows[0]):
        y = rows[0] + i if forward else rows[1] - 1 - i
        for j in range(width):
            x = j if forward else width - 1 - j
            if ly[y, x] < 0:
                continue
            sy = ly[y, x]
            sx = lx[y, x]
            ay = y + origin[0]
            ax = x + origin[1]
            best = np.float32(-1)
            for k in range(4):
                vy = y + (k == 0) * -1 + (k == 1) * 1
                vx = x + (k == 2) * -1 + (k == 3) * 1
                if vy < 0 or vx < 0 or vy >= height or vx >= width or ly[vy, vx] < 0:
                    continue
                qy = ly[vy, vx] + y - vy
                qx = lx[vy, vx] + x - vx
                if qy == sy and qx == sx:
                    continue
                if qy < 0 or qx < 0 or qy >= usable.shape[0] or qx >= usable.shape[1]:
                    continue
                if not usable[qy, qx]:
                    continue
                if best < 0:
                    best = _label_cost(
                        image, usable, origin, ly, lx, y, x, sy, sx
                    ) + fidelity * _step_cost(image, ay, ax, sy, sx)
                found = _label_cost(
                    image, usable, origin, ly, lx, y, x, qy, qx
                ) + fidelity * _step_cost(image, ay, ax, qy, qx)
                if found < best:
                    best = found
                    ly[y, x] = qy
                    lx[y, x] = qx
                    sy = qy
                    sx = qx


@njit(**OPTIONS)
def divergence(usable, foreign, origin, ly, lx, values, limit, smooth, rows, out, count):
    """Return the sum of the labels' gradients at hole pixels: the right side of Poisson's equation.

    values: float32 [H, W, C], the picture to take from. Between two labels the mean of both sides'
    gradients is taken. Where both sides differ by more than about `limit` (squared, three
    channels), the step between them is kept: that is an edge, and to spread it would smear; so it
    is towards pixels that are `foreign`, bool [H, W]. out: float32 [h, w, C]; count: float32 [h,
    w], neighbors inside the picture.
    """
    height, width = usable.shape
    channels = values.shape[2]
    for y in range(rows[0], rows[1]):
        for x in range(ly.shape[1]):
            if ly[y, x] < 0:
                continue
            for c in range(channels):
                out[y, x, c] = 0
            n = 0
            for k in range(4):
                dy = (k == 0) * -1 + (k == 1) * 1
                dx = (k == 2) * -1 + (k == 3) * 1
                vy = y + dy + origin[0]
                vx = x + dx + origin[1]
                if vy < 0 or vx < 0 or vy >= height or vx >= width:
                    continue
                n += 1
                sy = ly[y, x]
                sx = lx[y, x]
                py = sy + dy
                px = sx + dx
                mine = 0 <= py < height and 0 <= px < width and usable[py, px]
                hy = y + dy
                hx = x + dx
                labeled = 0 <= hy < ly.shape[0] and 0 <= hx < ly.shape[1] and ly[hy, hx] >= 0
                theirs = False
                qy = np.int32(0)
                qx = np.int32(0)
                ry = np.int32(0)
                rx = np.int32(0)
                if labeled:
                    qy = ly[hy, hx]
                    qx = lx[hy, hx]
                    ry = qy - dy
                    rx = qx - dx
                    theirs = 0 <= ry < height and 0 <= rx < width and usable[ry, rx]
                # what lies at the neighbor now: its own label's pixel, or the known picture
                if labeled:
                    wy, wx = qy, qx
                else:
                    wy, wx = np.int32(vy), np.int32(vx)
                gap = np.float32(0)
                if mine:
                    gap = max(gap, _step_cost(values, py, px, wy, wx))
                if theirs:
                    gap = max(gap, _step_cost(values, sy, sx, ry, rx))
                kept_share = 1 - np.float32(1) / (1 + (gap / limit) * (gap / limit))
                even = 1 - kept_share * (1 - smooth[y, x])
                if not labeled and foreign[vy, vx]:
                    even = np.float32(0)
                for c in range(channels):
                    kept = values[sy, sx, c] - values[wy, wx, c]
                    step = kept
                    if mine and theirs:
                        step = np.float32(0.5) * (
                            values[sy, sx, c]
                            - values[py, px, c]
                            + values[ry, rx, c]
                            - values[qy, qx, c]
                        )
                    elif mine:
                        step = values[sy, sx, c] - values[py, px, c]
                    elif theirs:
                        step = values[ry, rx, c] - values[qy, qx, c]
                    out[y, x, c] += even * step + (1 - even) * kept
            count[y, x] = n


@njit(**OPTIONS)
def relax(values, origin, inside, right, count, anchor, screen, over, sweeps):
    """Solve (count + screen) u - sum of neighbors = right + screen anchor, by over-relaxation.

    The screened Poisson equation (Bhat et al. 2008): gradients as in `right`, tones as in `anchor`
    float32 [h, w, C]. Writes the hole of `values` [H, W, C]; what is around is fixed.
    """
    height, width = values.shape[:2]
    channels = values.shape[2]
    for sweep in range(sweeps):
        for i in range(inside.shape[0]):
            y = i if sweep % 2 == 0 else inside.shape[0] - 1 - i
            for j in range(inside.shape[1]):
                x = j if sweep % 2 == 0 else inside.shape[1] - 1 - j
                if not inside[y, x]:
                    continue
                ay = y + origin[0]
                ax = x + origin[1]
                scale = np.float32(1) / (count[y, x] + screen[y, x])
                for c in range(channels):
                    total = right[y, x, c] + screen[y, x] * anchor[y, x, c]
                    if ay > 0:
                        total += values[ay - 1, ax, c]
                    if ay + 1 < height:
                        total += values[ay + 1, ax, c]
                    if ax > 0:
                        total += values[ay, ax - 1, c]
                    if ax + 1 < width:
                        total += values[ay, ax + 1, c]
                    values[ay, ax, c] += over * (total * scale - values[ay, ax, c])


@njit(**OPTIONS)
def diffuse(values, inside, down, right, supply, over, sweeps):
    """Spread the known pixels of `values` [H, W, C] into `inside`, by over-relaxation.

    The heat equation's rest: every pixel inside becomes the mean of its neighbors, weighted by
    conductance: down, right float32 [H, W], to the pixel below and to the right; supply float32
    [H, W, C] is what flows in besides.
    """
    height, width, channels = values.shape
    for sweep in range(sweeps):
        for i in range(height):
            y = i if sweep % 2 == 0 else height - 1 - i
            for j in range(width):
                x = j if sweep % 2 == 0 else width - 1 - j
                if not inside[y, x]:
                    continue
                up = down[y - 1, x] if y > 0 else np.float32(0)
                low = down[y, x] if y + 1 < height else np.float32(0)
                left = right[y, x - 1] if x > 0 else np.float32(0)
                far = right[y, x] if x + 1 < width else np.float32(0)
                scale = np.float32(1) / (up + low + left + far + np.float32(1e-9))
                for c in range(channels):
                    total = supply[y, x, c]
                    if y > 0:
                        total += up * values[y - 1, x, c]
                    if y + 1 < height:
                        total += low * values[y + 1, x, c]
                    if x > 0:
                        total += left * values[y, x - 1, c]
                    if x + 1 < width:
                        total += far * values[y, x + 1, c]
                    values[y, x, c] += over * (total * scale - values[y, x, c])
