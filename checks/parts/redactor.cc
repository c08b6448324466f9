#include "checks/parts/redactor.h"

#include <algorithm>
#include <utility>

namespace gaikei {
namespace {

std::string_view WithoutLineEnd(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

}  // namespace

void Redactor::Add(const Secret& secret) {
  const std::string_view core = WithoutLineEnd(secret.Reveal());
  if (secret.is_secret() && !core.empty()) secrets_.emplace_back(std::string(core));
}

bool Redactor::Reveals(std::string_view text) const {
  return std::any_of(secrets_.begin(), secrets_.end(), [text](const Secret& secret) {
    return text.find(secret.Reveal()) != std::string_view::npos;
  });
}

std::string Redactor::Shown(std::string_view text, std::size_t limit) const {
  return Reveals(text) ? "<secret>" : Escape(text, limit);
}

std::string Redactor::Cleaned(std::string text) const {
  return Reveals(text) ? "<secret>" : std::move(text);
}

void Redactor::Clean(Observation& seen) const {
  for (ExpectResult& result : seen.expect) {
    if (Reveals(result.actual)) result.actual = "<secret>";
  }
  if (Reveals(seen.message)) seen.message = "an expectation does not hold: it was <secret>";
}

}  // namespace gaikei
