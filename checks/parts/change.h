#pragma once

#include <vector>

#include "checks/check.h"

namespace gaikei {

/// What a further attempt can do differently after `failed`, most telling first. Empty: nothing.
///
/// A name that could not be resolved: another name server. Otherwise what was seen to exist:
/// another address of the family, one of the other family, another name server; HTTP/1.1 where the
/// answer came by HTTP/2, first of all when the exchange broke. A `family` other than kAuto, the
/// check's setting, is kept to.
std::vector<Change> PossibleChanges(Family family, const Observation& failed,
                                    const AttemptContext& context);

}  // namespace gaikei
