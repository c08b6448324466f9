#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "probe/import/journey_text.h"

namespace gaikei {

/// Which requests of a recording are imported.
struct HarOptions {
  std::string name = "imported";   ///< of the journey
  std::vector<std::string> hosts;  ///< of these hosts alone; empty: of every host
  /// Of these types alone ("document", "xhr", "fetch" ..., as the recorder calls them); empty: of
  /// every one.
  std::vector<std::string> types;
  bool all = false;  ///< images, fonts, styles, scripts and media too
};

/// A recording of a browser (HTTP Archive 1.2), a step for each request. What is no request of
/// http or https, and what was never answered, is left out, as the notes of the result tell. The
/// error is one line. Depth and size are bounded. Pure.
tl::expected<ImportedJourney, std::string> ImportHar(std::string_view text,
                                                     const HarOptions& options);

}  // namespace gaikei
