# SPDX-License-Identifier: MIT
# fish completion for joules(1); tests/cli/test_docs.py holds its options against --help.

function __joules_domains
    joules list --json 2>/dev/null | string match -ra '"domain": "[^"]*", "available": true' | string replace -r '"domain": "([^"]*)".*' '$1'
end

function __joules_outputs
    printf '%s\n' csv: csv-full: json: mongodb: print: sqlite:
    __fish_complete_path
end

# The command of `joules run` and its arguments, once it has begun; fails before.
function __joules_command
    set -l tokens (commandline -opc) (commandline -ct)
    test "$tokens[2]" = run; or return 1
    set -e tokens[1..2]
    argparse -s r/runs= w/warmup= setup= prepare= conclude= cleanup= every= color= input= user= ignore-failure domains= idle= estimate= estimate-watts= sysroot= o/output= \
        report= json q/quiet name= label= no-history h/help V/version -- $tokens 2>/dev/null; or return 1
    test -n "$argv"; and not string match -q -- '-*' $argv[1]; and echo (string escape -- $argv)
end

function __joules_complete_command
    set -l line (__joules_command); and complete -C "$line"
end

set -l verbs run compare check list doctor history mark
complete -c joules -f
complete -c joules -n "not __fish_seen_subcommand_from $verbs" -a run -d 'Run a command and report how many joules the machine used'
complete -c joules -n "not __fish_seen_subcommand_from $verbs" -a compare -d 'Run commands in turns and say which uses less energy'
complete -c joules -n "not __fish_seen_subcommand_from $verbs" -a check -d 'Say whether a command stays within its limits'
complete -c joules -n "not __fish_seen_subcommand_from $verbs" -a list -d 'List every device and domain'
complete -c joules -n "not __fish_seen_subcommand_from $verbs" -a doctor -d 'Say what this machine can measure'
complete -c joules -n "not __fish_seen_subcommand_from $verbs" -a history -d 'List, show and export the runs that were kept'
complete -c joules -n "not __fish_seen_subcommand_from $verbs" -a mark -d 'Inside joules run: begin the next sample'
complete -c joules -n 'not __joules_command >/dev/null' -s h -l help -d 'Show the options'
complete -c joules -n 'not __fish_seen_subcommand_from list doctor history mark; and not __joules_command >/dev/null' -s V -l version -d 'Show the version'

set -l run '__fish_seen_subcommand_from run; and not __joules_command >/dev/null'
set -l compare '__fish_seen_subcommand_from compare'
set -l check '__fish_seen_subcommand_from check'
for measures in $run $compare $check
    complete -c joules -n $measures -s r -l runs -x -d 'How many times to run it'
    complete -c joules -n $measures -s w -l warmup -x -d 'Runs before the measured ones'
    complete -c joules -n $measures -l setup -x -a '(__fish_complete_command)' -d 'Let sh run this before everything'
    complete -c joules -n $measures -l conclude -x -a '(__fish_complete_command)' -d 'Let sh run this after each run'
    complete -c joules -n $measures -l cleanup -x -a '(__fish_complete_command)' -d 'Let sh run this after all runs'
    complete -c joules -n $measures -l every -x -d 'Begin a new sample each time'
    complete -c joules -n $measures -l label -x -d 'Keep KEY=VALUE with each run'
    complete -c joules -n $measures -l no-history -d 'Do not keep the runs'
    complete -c joules -n $measures -l color -x -a 'auto always never' -d 'Use colours'
    complete -c joules -n $measures -l prepare -x -a '(__fish_complete_command)' -d 'Let sh run this before each run'
    complete -c joules -n $measures -l input -r -F -d 'Standard input of the command'
    complete -c joules -n $measures -l user -x -a '(__fish_complete_users)' -d 'Run the command as this user'
    complete -c joules -n $measures -l ignore-failure -d 'Continue after a run that fails'
    complete -c joules -n $measures -l domains -x -a '(__fish_append , (__joules_domains))' -d 'Only these domains'
    complete -c joules -n $measures -l idle -x -d 'Measure the idle machine first'
    complete -c joules -n $measures -l estimate -x -a 'auto never always' -d 'When to estimate'
    complete -c joules -n $measures -l estimate-watts -x -d 'Watts when idle and at full load, IDLE:FULL'
    complete -c joules -n $measures -l sysroot -x -a '(__fish_complete_directories)' -d 'Read DIR/sys and DIR/proc'
    complete -c joules -n $measures -s o -l output -x -a '(__joules_outputs)' -d 'Also write the traces there'
    complete -c joules -n $measures -l report -r -F -d 'Write the report there'
    complete -c joules -n $measures -l json -d 'Write the report as JSON'
    complete -c joules -n $measures -s q -l quiet -d 'Write no report and no notes'
end
complete -c joules -n $run -l name -x -d 'Name of the first sample'
complete -c joules -n $compare -l until -x -d 'Continue until half the interval is that small'
complete -c joules -n $compare -l seed -x -d 'Choose the random orders from this number'
complete -c joules -n $compare -l shell -r -F -d 'Run the commands with this shell'
complete -c joules -n $compare -s N -l no-shell -d 'Use no shell: split the commands into words'
complete -c joules -n $compare -s L -l parameter-list -x -d 'Values in place of {NAME}'
complete -c joules -n $compare -s P -l parameter-scan -x -d 'Numbers in place of {NAME}'
complete -c joules -n $compare -s D -l parameter-step-size -x -d 'The step of -P'
complete -c joules -n $compare -l self -x -a '(__fish_complete_command)' -d 'Compare a command with itself'
complete -c joules -n $compare -l from -r -F -d 'Use earlier runs instead of a command'
complete -c joules -n $compare -l any -d 'Accept runs of different machines'
complete -c joules -n $compare -l reference -x -d 'The command that others are compared with'
complete -c joules -n $compare -l metric -x -a 'total time power above-idle (__joules_domains)' -d 'What to compare'
complete -c joules -n $compare -l show-output -d 'Do not hide what the commands write'
complete -c joules -n $compare -l fail-if -x -a 'less more' -d 'Exit with 3 if that is found'
complete -c joules -n $compare -l no-ci -d 'No step summary in GitHub Actions'
complete -c joules -n $check -l budget -x -d 'A limit, e.g. total<=120J'
complete -c joules -n $check -l against -x -a '(__fish_complete_command)' -d 'Another command to compare with'
complete -c joules -n $check -l baseline -r -F -d 'Compare with earlier sessions'
complete -c joules -n $check -l save -d 'Add this session to the baseline'
complete -c joules -n $check -l allow -x -d 'How much more it may use'
complete -c joules -n $check -l undecided -x -a 'fail pass' -d 'What to do if nothing can be said'
complete -c joules -n $check -l no-ci -d 'No step summary in GitHub Actions'
complete -c joules -n $check -a '(__fish_complete_command)'
complete -c joules -n $compare -a '(__fish_complete_command)'
complete -c joules -n '__fish_seen_subcommand_from run' -a '(__joules_complete_command)'

set -l look '__fish_seen_subcommand_from list doctor'
complete -c joules -n $look -l json -d 'Print one JSON object'
complete -c joules -n $look -l color -x -a 'auto always never' -d 'Use colours'
complete -c joules -n $look -l sysroot -x -a '(__fish_complete_directories)' -d 'Read DIR/sys and DIR/proc'

set -l history '__fish_seen_subcommand_from history'
complete -c joules -n $history -s o -l output -x -a '(__joules_outputs)' -d 'Where export writes to'
complete -c joules -n $history -l json -d 'Print one JSON object'
complete -c joules -n $history -l color -x -a 'auto always never' -d 'Use colours'
complete -c joules -n $history -F -a 'show export push rm limit command= name= host= id= since= until='
