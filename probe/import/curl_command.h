#pragma once

#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "probe/import/journey_text.h"

namespace gaikei {

/// The curl commands of a shell script, a step for each URL. `name` is that of the journey. The
/// error is one line, with "LINE:COLUMN: " before it where it has a place. Pure.
tl::expected<ImportedJourney, std::string> ImportCurlScript(std::string_view text,
                                                            const std::string& name);

/// One command, its words taken apart already, `curl` first.
tl::expected<ImportedJourney, std::string> ImportCurlWords(std::span<const std::string> words,
                                                           const std::string& name);

}  // namespace gaikei
