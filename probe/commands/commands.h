#pragma once

#include "probe/cli.h"

namespace gaikei {

/// One function a command: does all of it and returns the exit status (docs/commands.md). Results
/// go to standard output, everything else to standard error.
int RunCheckCommand(const CommandLine& line);
int RunOnceCommand(const CommandLine& line);
int RunDaemonCommand(const CommandLine& line);
int RunValidateCommand(const CommandLine& line);
int RunImportCommand(const CommandLine& line);
int RunSpoolCommand(const CommandLine& line);
int RunInitCommand(const CommandLine& line);
int RunDemoCommand(const CommandLine& line);
int RunSelftestCommand(const CommandLine& line);
int RunVersionCommand(const CommandLine& line);
int RunHelpCommand(const CommandLine& line);

}  // namespace gaikei
