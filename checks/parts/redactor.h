#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "results/outcome.h"
#include "results/secret.h"
#include "results/text.h"

namespace gaikei {

/// Keeps what a check was given in confidence out of what is shown, where a target sends it back.
/// Immutable once filled, any thread.
class Redactor {
 public:
  /// Ordinary texts and empty ones are left out. A line end behind a secret does not count.
  void Add(const Secret& secret);

  /// Looks at the text as it came: once it is escaped or cut, a secret in it is hard to tell.
  bool Reveals(std::string_view text) const;
  /// The text escaped, or "<secret>" as a whole where it reveals one.
  std::string Shown(std::string_view text, std::size_t limit = kEscapedLimit) const;
  /// A text that is escaped already, or "<secret>" as a whole where it reveals one.
  std::string Cleaned(std::string text) const;
  /// What expectations have written into an observation.
  void Clean(Observation& seen) const;

 private:
  std::vector<Secret> secrets_;
};

}  // namespace gaikei
