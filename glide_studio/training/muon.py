"""The Muon optimizer: momentum, orthogonalised before it is applied.

Jordan et al. 2024, "Muon: an optimizer for hidden layers in neural networks"; weight decay and its
use beside AdamW after Liu et al. 2025 (arXiv 2502.16982). `torch.optim.Muon` takes 2-D weights only
and works in bfloat16.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import torch
from torch import Tensor, nn

# Of the quintic a s + b s^3 + c s^5 that moves every singular value s of 0 .. 1 towards 1; steep at
# 0.
QUINTIC = (3.4445, -4.7750, 2.0315)
TABLES = ("_embedding", "w_voc", "w_pos", "w_t")  # ends of the names of tables that are no modules
GRAM_PAYS = 2.0  # times as long as wide: from here on fewer operations than step by step
SMALLEST = 8  # rows or columns; a thinner matrix (the first layer, the last) is AdamW's


def newton_schulz(matrices: Tensor, steps: int = 5) -> Tensor:
    """Map [K, M, N] to nearly semi-orthogonal matrices: singular values end in 0.7 .. 1.2.

    For matrices much longer than wide all steps are polynomials of one Gram matrix, which touches
    the matrix itself only twice.
    """
    tall = matrices.shape[1] > matrices.shape[2]
    x = matrices.mT if tall else matrices
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    if x.shape[2] > GRAM_PAYS * x.shape[1]:
        gram = x @ x.mT
        factor = product = polynomial(gram)
        for _ in range(steps - 1):
            gram = factor @ gram @ factor
            factor = polynomial(gram)
            product = factor @ product
        x = product @ x
    else:
        for _ in range(steps):
            x = polynomial(x @ x.mT) @ x
    found: Tensor = x.mT if tall else x
    return found


def polynomial(gram: Tensor) -> Tensor:
    """Return a + b G + c G^2 of `QUINTIC`, the factor of x for G = x x^T; gram [K, M, M]."""
    a, b, c = QUINTIC
    found: Tensor = torch.baddbmm(gram, gram, gram, beta=b, alpha=c)
    found.diagonal(dim1=1, dim2=2).add_(a)
    return found


def group_by_shape(weights: Iterable[Tensor]) -> list[list[Tensor]]:
    """Group weights that are stepped as one stack: by shape on an accelerator, singly on a CPU.

    An accelerator needs as long for one small matrix as for many.
    """
    groups: dict[object, list[Tensor]] = {}
    for weight in weights:
        key = weight.shape if weight.device.type != "cpu" else id(weight)
        groups.setdefault(key, []).append(weight)
    return list(groups.values())


class Muon(torch.optim.Optimizer):
    """Optimize weights of two and more dimensions, each seen as a matrix [out, everything else].

    lr: step length as the root mean square over a square matrix's row. momentum: Nesterov's.
    decay: weight decay, times lr.
    """

    def __init__(
        self,
        weights: Iterable[nn.Parameter],
        lr: float,
        momentum: float = 0.95,
        decay: float = 0.01,
    ) -> None:
        super().__init__(weights, {"lr": lr, "momentum": momentum, "decay": decay})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """Take one step along the orthogonalised momentum."""
        for group in self.param_groups:
            rate, momentum = group["lr"], group["momentum"]
            given: list[Tensor] = [weight for weight in group["params"] if weight.grad is not None]
            for weights in group_by_shape(given):
                gradients = [weight.grad for weight in weights if weight.grad is not None]
                means = [self.mean_of(weight) for weight in weights]
                torch._foreach_lerp_(means, gradients, 1 - momentum)
                ahead = torch._foreach_lerp(gradients, means, momentum)
                stack = torch.stack([matrix.flatten(1) for matrix in ahead])
                # A tall matrix spreads its norm over more rows; scale so that each row moves as
                # far.
                stretch = max(1.0, stack.shape[1] / stack.shape[2]) ** 0.5
                moves = [
                    move.view_as(weight)
                    for move, weight in zip(newton_schulz(stack), weights, strict=True)
                ]
                torch._foreach_mul_(weights, 1 - rate * group["decay"])
                torch._foreach_add_(weights, moves, alpha=-rate * stretch)

    def mean_of(self, weight: Tensor) -> Tensor:
        """Return the running mean of a weight's gradients."""
        state = self.state[weight]
        found: Tensor = state.setdefault("momentum", torch.zeros_like(weight))
        return found


def split_params(
    network: nn.Module, named: Mapping[str, nn.Parameter]
) -> tuple[list[nn.Parameter], list[nn.Parameter]]:
    """Return (Muon's weights, AdamW's): inner matrices and convolutions, and all others.

    named: the weights to split.
    """
    tables = {id(module.weight) for module in network.modules() if isinstance(module, nn.Embedding)}
    inner: list[nn.Parameter] = []
    others: list[nn.Parameter] = []
    for name, weight in named.items():
        matrix = weight.dim() > 1 and min(weight.flatten(1).shape) > SMALLEST
        is_inner = matrix and id(weight) not in tables and not name.endswith(TABLES)
        (inner if is_inner else others).append(weight)
    return inner, others
