#include "checks/parts/redactor.h"

#include <algorithm>
#include <utility>

#include "checks/parts/json_text.h"
#include "results/ascii.h"

namespace gaikei {
namespace {

constexpr std::size_t kShortestHidden = 6;

/// Larger ones (files that are sent) are looked for as they are, and in no other form.
constexpr std::size_t kLargestFormed = std::size_t{64} * 1024;
constexpr std::string_view kCut = "...";  ///< of Escape()
/// Less of a secret's beginning than this may stand at the end of a text that was cut.
constexpr std::size_t kTellingBeginning = 4;

}  // namespace

void Redactor::Add(const Secret& secret) {
  const std::string_view core = WithoutLineEnd(secret.Reveal());
  if (!secret.is_secret() || core.empty()) return;
  AddForm(std::string(core));
  if (core.size() > kLargestFormed) return;
  for (const std::string& form : {std::string(core), JsonEscape(core), JsonEscape(core, true)}) {
    AddForm(Escape(form, 4 * kLargestFormed));
    AddForm(form);
  }
}

void Redactor::AddLong(const Secret& secret) {
  if (secret.Reveal().size() >= kShortestHidden) Add(secret);
}

void Redactor::AddForm(std::string form) {
  const auto is_same = [&](const Secret& known) { return known.Reveal() == form; };
  if (std::none_of(secrets_.begin(), secrets_.end(), is_same)) {
    secrets_.emplace_back(std::move(form));
  }
}

bool Redactor::Reveals(std::string_view text) const {
  return std::any_of(secrets_.begin(), secrets_.end(), [text](const Secret& secret) {
    return text.find(secret.Reveal()) != std::string_view::npos;
  });
}

bool Redactor::EndsInOne(std::string_view text) const {
  if (!text.ends_with(kCut)) return false;
  text.remove_suffix(kCut.size());
  return std::any_of(secrets_.begin(), secrets_.end(), [text](const Secret& secret) {
    std::size_t size = std::min(text.size(), secret.Reveal().size());
    while (size >= kTellingBeginning && !text.ends_with(secret.Reveal().substr(0, size))) --size;
    return size >= kTellingBeginning;
  });
}

std::string Redactor::Shown(std::string_view text, std::size_t limit) const {
  return Reveals(text) ? "<secret>" : Escape(text, limit);
}

std::string Redactor::Cleaned(std::string text) const {
  return Reveals(text) || EndsInOne(text) ? "<secret>" : std::move(text);
}

void Redactor::Clean(Observation& seen) const {
  for (ExpectResult& result : seen.expect) {
    result.actual = Cleaned(std::move(result.actual));
    result.error = Cleaned(std::move(result.error));
  }
  if (Reveals(seen.message) || EndsInOne(seen.message))
    seen.message = "an expectation does not hold: it was <secret>";
}

}  // namespace gaikei
