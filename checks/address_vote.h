#pragma once

#include <vector>

#include "checks/spec.h"
#include "results/outcome.h"

namespace gaikei {

/// What the addresses of a name came to, taken together: the observation of the one that decided,
/// with a message that says how many pass and which one does not, and all of them under
/// `addresses`. REQUIRES: `each` is not empty; the policy is not kFirst.
///
/// An address of a family that this prober has no way out for (prober_network_down) has no vote, as
/// long as another has; a note says so. What could be judged decides: kAll fails with the first
/// that fails, kAny passes with the first that passes, kQuorum needs more than half. Where neither
/// is reached because some could not be judged, it is unknown.
Observation VoteOfAddresses(AddressPolicy policy, std::vector<Observation> each);

}  // namespace gaikei
