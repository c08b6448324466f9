#include "checks/address_vote.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace gaikei {
namespace {

bool IsGood(const Observation& seen) {
  return seen.status == Status::kPass || seen.status == Status::kWarn;
}

bool HasNoWayOut(const Observation& seen) { return seen.reason == Reason::kProberNetworkDown; }

/// Of those that vote.
struct Count {
  std::size_t all = 0;
  std::size_t good = 0;
  std::size_t bad = 0;
};

Status Decide(AddressPolicy policy, const Count& count) {
  const std::size_t needed = policy == AddressPolicy::kAny   ? 1
                             : policy == AddressPolicy::kAll ? count.all
                                                             : count.all / 2 + 1;
  if (count.good >= needed) return Status::kPass;
  return count.bad > count.all - needed ? Status::kFail : Status::kUnknown;
}

/// The first of that status; for a pass one that warns is preferred where all have to pass.
const Observation& Speaker(Status status, AddressPolicy policy,
                           const std::vector<const Observation*>& voters) {
  if (status == Status::kPass) {
    const Status first = policy == AddressPolicy::kAll ? Status::kWarn : Status::kPass;
    const Status second = first == Status::kWarn ? Status::kPass : Status::kWarn;
    for (const Status wanted : {first, second}) {
      for (const Observation* one : voters) {
        if (one->status == wanted) return *one;
      }
    }
  }
  for (const Observation* one : voters) {
    if (one->status == status) return *one;
  }
  return *voters.front();
}

}  // namespace

Observation VoteOfAddresses(AddressPolicy policy, std::vector<Observation> each) {
  std::vector<const Observation*> voters;
  for (const Observation& one : each) {
    if (!HasNoWayOut(one)) voters.push_back(&one);
  }
  std::vector<std::string> notes;
  if (voters.empty()) {
    for (const Observation& one : each) voters.push_back(&one);
  } else {
    for (const Observation& one : each) {
      if (HasNoWayOut(one)) notes.push_back(one.address + " was not judged: " + one.message);
    }
  }
  Count count{voters.size(), 0, 0};
  for (const Observation* one : voters) {
    count.good += IsGood(*one) ? 1U : 0U;
    count.bad += one->status == Status::kFail ? 1U : 0U;
  }
  const Status status = Decide(policy, count);
  Observation seen = Speaker(status, policy, voters);
  if (!IsGood(seen)) {
    seen.message = fmt::format("{} of {} addresses pass; {}: {}", count.good, count.all,
                               seen.address, seen.message);
  } else if (seen.status == Status::kWarn) {
    seen.message = seen.address + ": " + seen.message;
  }
  for (const Observation* one : voters) {
    if (IsGood(seen) && !IsGood(*one)) notes.push_back(one->address + ": " + one->message);
  }
  seen.notes.insert(seen.notes.end(), notes.begin(), notes.end());
  seen.addresses = std::move(each);
  return seen;
}

}  // namespace gaikei
