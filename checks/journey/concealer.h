#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "results/outcome.h"
#include "results/secret.h"

namespace gaikei {

/// Shortest secret that is looked for in texts: a shorter one is found by chance everywhere.
inline constexpr std::size_t kConcealedLength = 6;

/// Keeps the secrets of a run out of whatever is shown of it: those of the configuration, and what
/// was captured. It finds them also where they were percent-encoded, encoded as a form, escaped for
/// JSON or for the result, and where a text was cut in the middle of one. A value type.
class Concealer {
 public:
  /// Texts of less than kConcealedLength, and texts that are no secrets, are left out.
  void Add(const Secret& secret);

  /// True where some secret is in the text.
  bool Finds(std::string_view text) const;
  /// The text with "<secret>" in the place of each.
  std::string Conceal(std::string text) const;
  /// All that is looked for, longest first.
  const std::vector<Secret>& forms() const { return forms_; }
  /// Every text of an observation that comes from outside, its steps' included.
  void Clean(Observation& seen) const;

 private:
  void AddForm(std::string form);
  void CleanTls(TlsEvidence& tls) const;
  void CleanHttp(HttpEvidence& http) const;
  void CleanText(std::string& text) const { text = Conceal(std::move(text)); }
  void CleanTexts(std::vector<std::string>& texts) const;

  std::vector<Secret> forms_;  ///< longest first
};

}  // namespace gaikei
