#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gaikei {

/// Which part of a plan is this process's, where several share one configuration.
///
/// Rendezvous hashing on check and region: every pair belongs to exactly one of `count` shards, and
/// where there is one shard more, only what it takes over moves.
struct Shard {
  static constexpr unsigned kMaxCount = 1024;

  unsigned index = 1;  ///< from 1 to `count`
  unsigned count = 1;  ///< 1: everything is this process's; at most kMaxCount

  bool Owns(std::string_view check, std::string_view region) const;
  /// "3/8".
  std::string Text() const;
  /// Of such a text; absent where it is none.
  static std::optional<Shard> Parse(std::string_view text);
};

}  // namespace gaikei
