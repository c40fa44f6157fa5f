"""MBG/NBD: as BG/NBD, with a chance to drop out right after the first purchase too."""

from typing import ClassVar

from segment_lib.features.lifetime.bgnbd import BetaGeoModel


class ModifiedBetaGeoModel(BetaGeoModel):
    """The MBG/NBD model: a customer may drop out after any purchase, the first included.

    Who never bought again may be gone, with a probability that grows with age. Parameters are those of `BetaGeoModel`.

    Notes
    -----
    Batislam, Denizel and Filiztekin (2007), Empirical validation and comparison of models for customer base analysis.
    International Journal of Research in Marketing 24(3). Hoppe and Wagner (2007) call it CBG/NBD.
    """

    _chances: ClassVar[int] = 1
