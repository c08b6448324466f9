#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "results/outcome.h"
#include "results/secret.h"
#include "results/text.h"

namespace gaikei {

/// Keeps what a check was given in confidence out of what is shown, where a target sends it back:
/// as it is, escaped for JSON or for the outcome, or cut off in an outcome. Immutable once filled,
/// any thread.
class Redactor {
 public:
  /// Ordinary texts and empty ones are left out. A line end behind a secret does not count.
  void Add(const Secret& secret);
  /// The same for one that its name alone makes secret, or that another step has learnt: below 6
  /// bytes it is left out, because it would stand in every other answer by chance.
  void AddLong(const Secret& secret);

  /// Looks at the text as it came: once it is escaped or cut, a secret in it is hard to tell.
  bool Reveals(std::string_view text) const;
  /// The text escaped, or "<secret>" as a whole where it reveals one.
  std::string Shown(std::string_view text, std::size_t limit = kEscapedLimit) const;
  /// A text that is escaped and cut already, or "<secret>" as a whole where it reveals one or ends
  /// in the beginning of one.
  std::string Cleaned(std::string text) const;
  /// What expectations have written into an observation.
  void Clean(Observation& seen) const;

 private:
  void AddForm(std::string form);
  bool EndsInOne(std::string_view text) const;

  std::vector<Secret> secrets_;  ///< in every form that is looked for
};

}  // namespace gaikei
