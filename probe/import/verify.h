#pragma once

#include <string>

#include "probe/import/journey_text.h"

namespace gaikei {

/// Reads an imported journey as a configuration, with something harmless in the place of each
/// secret. Empty where it is valid; else the first thing that is wrong, in one line. Files that it
/// names are not looked at.
std::string WhyInvalid(const ImportedJourney& journey);

}  // namespace gaikei
