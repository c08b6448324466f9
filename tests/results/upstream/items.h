#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "results/spool/sample.h"

namespace gaikei::testing {

/// A check of kind http in a region.
std::shared_ptr<const SampleSeries> MakeSeries(
    const std::string& check, const std::string& region,
    std::vector<std::pair<std::string, std::string>> labels = {});

/// A sample of it that passed in no time, first of the log.
SpoolItem SampleItem(std::shared_ptr<const SampleSeries> series);

}  // namespace gaikei::testing
