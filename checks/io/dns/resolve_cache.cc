#include "checks/io/dns/resolve_cache.h"

#include <fmt/format.h>

#include <algorithm>

namespace gaikei::io {
namespace {

constexpr Span kLongest = std::chrono::hours(24);
constexpr Span kLongestNegative = std::chrono::hours(3);

std::string KeyOf(const std::string& name, std::uint16_t type) {
  return fmt::format("{} {}", type, name);
}

}  // namespace

void ResolveCache::Keep(const std::string& name, std::uint16_t type, const LookupVerdict& verdict,
                        MonoTime now) {
  if (!IsAnswer(verdict.reason) || verdict.ttl == 0 || limit_ == 0) return;
  const Span longest = verdict.reason == Reason::kNone ? kLongest : kLongestNegative;
  const MonoTime expires = now + std::min<Span>(std::chrono::seconds(verdict.ttl), longest);
  std::string key = KeyOf(name, type);
  if (const auto known = by_key_.find(key); known != by_key_.end()) {
    entries_.erase(known->second);
    by_key_.erase(known);
  }
  if (entries_.size() >= limit_) {
    by_key_.erase(entries_.back().key);
    entries_.pop_back();
  }
  entries_.push_front({key, verdict, expires});
  entries_.front().verdict.is_cached = true;
  by_key_.emplace(std::move(key), entries_.begin());
}

const LookupVerdict* ResolveCache::Find(const std::string& name, std::uint16_t type, MonoTime now) {
  const auto known = by_key_.find(KeyOf(name, type));
  if (known == by_key_.end()) return nullptr;
  if (known->second->expires <= now) {
    entries_.erase(known->second);
    by_key_.erase(known);
    return nullptr;
  }
  entries_.splice(entries_.begin(), entries_, known->second);
  return &entries_.front().verdict;
}

void ResolveCache::Clear() {
  by_key_.clear();
  entries_.clear();
}

}  // namespace gaikei::io
