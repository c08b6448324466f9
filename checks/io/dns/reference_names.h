#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "checks/io/dns/name_server.h"
#include "results/time.h"

namespace gaikei::io {

class NameServers;

/// The names that are known to work, asked for when another cannot be resolved: does this vantage
/// resolve anything at all? Owned by its Resolver, shared by all its lookups; loop thread only.
///
/// A round asks every resolver for every name at once (the first four of each), for A records. The
/// first NOERROR or NXDOMAIN ends it: alive. Dead: all have failed, or have been silent for as long
/// as a question waits (a second). At most one round is in flight, and one begins a second after
/// the last has ended at the earliest.
class ReferenceNames {
 public:
  enum class Health : std::uint8_t { kNotKnown, kAlive, kDead };
  using Waiter = std::function<void()>;

  /// `targets` as Region::reference has them; those without a host name are left out. `servers`
  /// outlives it.
  ReferenceNames(NameServers& servers, const std::vector<std::string>& targets);
  ~ReferenceNames();
  ReferenceNames(const ReferenceNames&) = delete;
  ReferenceNames& operator=(const ReferenceNames&) = delete;

  /// Whether none are configured: then nothing is ever asked or known.
  bool is_empty() const { return names_.empty(); }
  /// Begins a round, unless one is in flight or the last one is fresh.
  void Ask();
  /// Whether a round is in flight.
  bool is_asking() const { return round_ != nullptr; }
  /// What the last round found, if that was after `since`, or a second ago at most.
  Health health(MonoTime since) const;
  /// Whether the round in flight has had no good answer for so long (200 ms) that a deadline that
  /// strikes now may take it for dead.
  bool is_overdue() const;
  /// Calls `waiter` when the round in flight ends, if it still lives then.
  void Await(std::weak_ptr<const Waiter> waiter);
  /// "a.example, b.example"
  std::string Text() const;

 private:
  struct Round;
  void OnReply(Round& round, const NameServer::Reply& reply);
  void Count(Round& round);
  void End(Health health);

  NameServers& servers_;
  std::vector<std::string> names_;
  std::shared_ptr<Round> round_;  // null: none in flight
  Health last_ = Health::kNotKnown;
  MonoTime last_at_{};
  std::vector<std::weak_ptr<const Waiter>> waiters_;
};

}  // namespace gaikei::io
