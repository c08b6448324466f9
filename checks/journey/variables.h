#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "results/secret.h"
#include "results/time.h"

namespace gaikei {

/// Longest value that is captured, in bytes.
inline constexpr std::size_t kCapturedLimit = 64 * 1024;

/// True for a name that a capture may have: [a-z_][a-z0-9_]*, at most 64 characters.
bool IsVariableName(std::string_view name);
/// True for `uuid`, `now`, `now.unix`, `region`, `random.1` to `random.64`.
bool IsBuiltIn(std::string_view name);
/// True for a name that no capture may take: what stands before the dot of a built-in.
bool IsReservedName(std::string_view name);

/// The values that ${name} stands for within one run of a journey: the built-ins, each the same
/// from the first step to the last, so that what one step makes another one can delete; and what
/// the steps have captured so far. Loop thread only.
class Variables {
 public:
  /// `now` is when the run began.
  Variables(std::string_view region, WallTime now);

  /// Null for what was not captured. A built-in is never secret.
  const Secret* Find(std::string_view name) const;
  /// A later capture of the same name takes the place of the earlier one.
  void Set(const std::string& name, Secret value);
  /// Every value that was captured as a secret, those that were replaced included.
  const std::vector<Secret>& secrets() const { return secrets_; }

 private:
  const Secret& MakeRandom(std::string_view name) const;

  std::map<std::string, Secret, std::less<>> captured_;
  /// Random texts are made when they are first asked for.
  mutable std::map<std::string, Secret, std::less<>> built_in_;
  std::vector<Secret> secrets_;
};

}  // namespace gaikei
