#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <unordered_map>

#include "checks/io/dns/lookup.h"
#include "results/time.h"

namespace gaikei::io {

/// Verdicts that are remembered as long as the DNS allows, for lookups that want that alone. Owned
/// by its Resolver; loop thread only.
///
/// Bounded: the verdict that was not used for the longest time makes room.
class ResolveCache {
 public:
  static constexpr std::size_t kDefaultLimit = 10'000;

  explicit ResolveCache(std::size_t limit = kDefaultLimit) : limit_(limit) {}

  /// Keeps an answer for `verdict.ttl` seconds, a day at most, three hours where it says that there
  /// is nothing (RFC 2308, 5). Anything but an answer, and a ttl of 0, is not kept.
  void Keep(const std::string& name, std::uint16_t type, const LookupVerdict& verdict,
            MonoTime now);
  /// Null: not known, or not any more. Valid until the next call.
  const LookupVerdict* Find(const std::string& name, std::uint16_t type, MonoTime now);
  void Clear();
  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::string key;
    LookupVerdict verdict;
    MonoTime expires{};
  };

  const std::size_t limit_;
  std::list<Entry> entries_;  // used last at the front
  std::unordered_map<std::string, std::list<Entry>::iterator> by_key_;
};

}  // namespace gaikei::io
