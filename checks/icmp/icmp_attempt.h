#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "checks/check.h"
#include "checks/io/net/address.h"
#include "checks/spec.h"

namespace gaikei {

/// An ICMP check as it runs: compiled once, immutable, shared by all its attempts on all loops.
struct IcmpPlan {
  std::string host;  ///< a name, or a numeric address
  IcmpOptions options;
  Family family = Family::kAuto;
  std::optional<io::Address> address;  ///< reach the host there instead of resolving it
  bool deny_private = false;
  bool is_cached = false;  ///< the name may come from the resolver's cache
  std::vector<expect::Expression> expect;
  std::vector<expect::Expression> warn;
  bool judges_loss = false;  ///< an expectation takes the place of "at least one reply"
};

/// Begins one attempt of an ICMP check. See Check::Start.
std::unique_ptr<Attempt> StartIcmpAttempt(std::shared_ptr<const IcmpPlan> plan,
                                          const AttemptContext& context, AttemptDone done);

}  // namespace gaikei
