#include "probe/import/verify.h"

#include <fmt/format.h>

#include "probe/config/load.h"

namespace gaikei {
namespace {

bool IsEnvironment(const TomlValue& value) {
  const auto* table = std::get_if<TomlValue::Table>(&value.value);
  return table != nullptr && table->size() == 1 && table->front().first == "env";
}

/// A copy that holds `sample` where a secret stands.
TomlValue WithoutSecrets(const TomlValue& value, const char* sample) {
  if (IsEnvironment(value)) return sample;
  if (const auto* table = std::get_if<TomlValue::Table>(&value.value)) {
    TomlValue::Table copy;
    for (const auto& [key, child] : *table) copy.emplace_back(key, WithoutSecrets(child, sample));
    return copy;
  }
  if (const auto* array = std::get_if<TomlValue::Array>(&value.value)) {
    TomlValue::Array copy;
    for (const TomlValue& child : *array) copy.push_back(WithoutSecrets(child, sample));
    return copy;
  }
  return value;
}

}  // namespace

std::string WhyInvalid(const ImportedJourney& journey) {
  ImportedJourney copy = journey;
  for (ImportedStep& step : copy.steps) {
    for (auto& [key, value] : step.keys) {
      value = WithoutSecrets(value, key == "target" ? "http://x/" : "x");
    }
  }
  const auto config = LoadTexts({{"imported", JourneyText(copy)}}, "local");
  if (config) return {};
  return fmt::format("no valid journey would come of it: {}", config.error().front().message);
}

}  // namespace gaikei
