#pragma once

#include <string>
#include <utility>
#include <vector>

#include "probe/import/secret_names.h"
#include "probe/import/toml_writer.h"

namespace gaikei {

/// Most steps of one journey (probe/config/journey_table.h has the same bound).
inline constexpr std::size_t kImportedSteps = 64;
/// Largest text that is imported.
inline constexpr std::size_t kImportLimit = std::size_t{16} * 1024 * 1024;

/// One request, as the keys of a step.
struct ImportedStep {
  std::string name;
  std::vector<std::string> comments;  ///< what was left out, and why; what was recorded
  std::vector<std::pair<std::string, TomlValue>> keys;  ///< in this order, `target` first
};

/// What an import came to.
struct ImportedJourney {
  std::string name;                 ///< of [journey.NAME]
  std::string source;               ///< "curl", "har": where it came from, for the first comment
  std::vector<std::string> notes;   ///< of the whole
  std::vector<ImportedStep> steps;  ///< at least one, names unique
  SecretNames secrets;
};

/// The journey as TOML, with a comment that lists the environment variables to be set.
std::string JourneyText(const ImportedJourney& journey);

/// "POST /login" of a method and a URL; " (2)" behind it where a step has that name already.
std::string StepName(const std::string& method, const std::string& url,
                     const std::vector<ImportedStep>& others);

}  // namespace gaikei
