#include "probe/import/journey_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "results/text.h"

namespace gaikei {
namespace {

constexpr std::size_t kNameLimit = 60;

std::string Head(const ImportedJourney& journey) {
  std::string text =
      TomlComment(fmt::format("Imported by `gaikei import {}`. Look over what is expected and what "
                              "should be captured (docs/journeys.md).",
                              journey.source));
  for (const std::string& note : journey.notes) text += TomlComment(note);
  if (!journey.secrets.entries().empty()) {
    text += TomlComment("Secrets are left out. Set these environment variables:");
    for (const auto& entry : journey.secrets.entries()) {
      text += TomlComment(fmt::format("  {}  ({})", entry.variable, entry.use));
    }
  }
  return text + "\n";
}

std::string StepText(const std::string& table, const ImportedStep& step) {
  std::string text = "\n";
  for (const std::string& comment : step.comments) {
    text += "  " + TomlComment(comment);
  }
  text += fmt::format("  [[{}.step]]\n", table);
  std::size_t width = 4;
  for (const auto& [key, value] : step.keys) width = std::max(width, key.size());
  text += fmt::format("  {:<{}} = {}\n", "name", width, TomlString(step.name));
  for (const auto& [key, value] : step.keys) {
    text += fmt::format("  {:<{}} = {}\n", key, width, TomlText(value));
  }
  return text;
}

}  // namespace

std::string JourneyText(const ImportedJourney& journey) {
  const std::string table = "journey." + TomlKey(journey.name);
  std::string text = Head(journey);
  text += fmt::format("[{}]\nevery = \"5m\"\n", table);
  for (const ImportedStep& step : journey.steps) text += StepText(table, step);
  return text;
}

std::string StepName(const std::string& method, const std::string& url,
                     const std::vector<ImportedStep>& others) {
  std::string_view path = url;
  if (const auto slashes = path.find("://"); slashes != std::string_view::npos) {
    path.remove_prefix(slashes + 3);
    path.remove_prefix(std::min(path.find_first_of("/?#"), path.size()));
  }
  path = path.substr(0, path.find_first_of("?#"));
  const std::string base =
      Escape(fmt::format("{} {}", method, path.empty() ? "/" : path), kNameLimit);
  std::string name = base;
  const auto is_taken = [&] {
    return std::any_of(others.begin(), others.end(),
                       [&](const ImportedStep& other) { return other.name == name; });
  };
  for (unsigned number = 2; is_taken(); ++number) name = fmt::format("{} ({})", base, number);
  return name;
}

}  // namespace gaikei
