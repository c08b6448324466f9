#include "probe/output/writer.h"

#include <array>

#include "probe/output/json_writer.h"
#include "probe/output/junit_writer.h"
#include "probe/output/nagios_writer.h"
#include "probe/output/prometheus_writer.h"
#include "probe/output/text_writer.h"

namespace gaikei {
namespace {

constexpr std::array kFormats = {
    OutputFormat{"text", MakeTextWriter},     OutputFormat{"json", MakeJsonWriter},
    OutputFormat{"junit", MakeJunitWriter},   OutputFormat{"prometheus", MakePrometheusWriter},
    OutputFormat{"nagios", MakeNagiosWriter},
};

}  // namespace

std::span<const OutputFormat> AllOutputFormats() { return kFormats; }

std::unique_ptr<OutcomeWriter> MakeWriter(std::string_view format, const WriterOptions& options,
                                          std::FILE* sink) {
  for (const OutputFormat& row : kFormats) {
    if (row.name == format) return row.make(options, sink);
  }
  return nullptr;
}

}  // namespace gaikei
