//! Files for shells and for `man`, made from the arguments that clap knows.

use std::io;

use clap::{Command, CommandFactory as _};
use clap_complete::Shell;

use super::args::CommandLine;

/// The script that completes the arguments of the program in a shell.
pub(super) fn completion_script(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut CommandLine::command(), "generator", &mut script);
    script
}

/// The page of the program, or of one of its commands, for `man`. `None` if there is no such
/// command.
pub(super) fn manual_page(command: Option<&str>) -> Option<io::Result<Vec<u8>>> {
    let mut program = CommandLine::command();
    // Sets the full names of the commands, as in `generator-import`.
    program.build();
    let shown = match command {
        None => program,
        Some(name) => program.find_subcommand(name)?.clone(),
    };
    Some(render_page(shown))
}

fn render_page(command: Command) -> io::Result<Vec<u8>> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command).render(&mut page)?;
    Ok(page)
}
