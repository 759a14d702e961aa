# SPDX-License-Identifier: MIT
# bash completion for joules(1); tests/cli/test_docs.py holds its options against --help.

_joules_domains()
{
	"$1" list --json 2>/dev/null | grep -o '"domain": "[^"]*", "available": true' | cut -d '"' -f 4
}

# Words of a list, the last of which is being typed: keeps what stands before the last comma.
_joules_list()
{
	local before=""
	[[ $2 == *,* ]] && before="${2%,*},"
	mapfile -t COMPREPLY < <(compgen -P "$before" -W "$1" -- "${2##*,}")
	compopt -o nospace
}

# The position of the first word that is no option of `joules run`: the command. Empty while there is none.
_joules_command_at()
{
	local at
	for ((at = 2; at < COMP_CWORD; at++)); do
		case ${COMP_WORDS[at]} in
		--) echo $((at + 1)); return ;;
		-r | --runs | -w | --warmup | --setup | --prepare | --conclude | --cleanup | --every | --color | --input | --user | --domains | --idle | --estimate | --estimate-watts | --sysroot | \
			-o | --output | --report | --name | --label)
			at=$((at + 1))
			# The shell splits FORMAT:TARGET, and --option=value, at the mark.
			while [[ ${COMP_WORDS[at + 1]-} == [:=] || (${COMP_WORDS[at]} == [:=] && $at -lt $COMP_CWORD) ]]; do
				at=$((at + 1))
			done
			;;
		-*) ;;
		*) echo "$at"; return ;;
		esac
	done
}

# The values of the options that run and compare share; false where the word before is none of them.
_joules_shared()
{
	local current=$1 previous=$2
	case $previous in
	--domains) _joules_list "$(_joules_domains "${COMP_WORDS[0]}")" "$current" ;;
	--color) mapfile -t COMPREPLY < <(compgen -W "auto always never" -- "$current") ;;
	--estimate) mapfile -t COMPREPLY < <(compgen -W "auto never always" -- "$current") ;;
	--user) mapfile -t COMPREPLY < <(compgen -u -- "$current") ;;
	--sysroot) mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
	--input | --report | :) mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
	-o | --output)
		mapfile -t COMPREPLY < <(compgen -W "csv: csv-full: json: mongodb: print: sqlite:" -- "$current"; compgen -f -- "$current")
		compopt -o nospace
		;;
	-r | --runs | -w | --warmup | --idle | --every | --estimate-watts | --label) ;;
	--setup | --prepare | --conclude | --cleanup) mapfile -t COMPREPLY < <(compgen -c -- "$current") ;;
	*) return 1 ;;
	esac
}

_joules_run()
{
	local current=$1 previous=$2 at
	at=$(_joules_command_at)
	if [[ $at ]]; then
		if declare -F _command_offset >/dev/null; then
			_command_offset "$at"
		elif ((at == COMP_CWORD)); then
			mapfile -t COMPREPLY < <(compgen -c -- "$current")
		else
			mapfile -t COMPREPLY < <(compgen -f -- "$current")
		fi
		return
	fi
	_joules_shared "$current" "$previous" && return
	case $previous in
	--name) ;;
	*)
		if [[ $current == -* ]]; then
			mapfile -t COMPREPLY < <(compgen -W "-r --runs -w --warmup --setup --prepare --conclude --cleanup --every --color --input --user --ignore-failure --domains --idle --estimate
				--estimate-watts --sysroot -o --output --report --json -q --quiet --name --label --no-history -h --help -V --version" -- "$current")
		elif declare -F _command_offset >/dev/null; then
			_command_offset "$COMP_CWORD"
		else
			mapfile -t COMPREPLY < <(compgen -c -- "$current")
		fi
		;;
	esac
}

_joules_compare()
{
	local current=$1 previous=$2
	case $previous in
	--metric) mapfile -t COMPREPLY < <(compgen -W "total time power above-idle $(_joules_domains "${COMP_WORDS[0]}")" -- "$current") ;;
	--from) mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
	--fail-if) mapfile -t COMPREPLY < <(compgen -W "less more" -- "$current") ;;
	--shell | --self) mapfile -t COMPREPLY < <(compgen -c -- "$current") ;;
	--until | --seed | --reference | -L | --parameter-list | -P | --parameter-scan | -D | --parameter-step-size) ;;
	*)
		_joules_shared "$current" "$previous" && return
		if [[ $current == -* ]]; then
			mapfile -t COMPREPLY < <(compgen -W "-r --runs -w --warmup --until --seed --shell -N --no-shell -L --parameter-list -P --parameter-scan
				-D --parameter-step-size --self --setup --prepare --conclude --cleanup --every --color --input --user --ignore-failure --domains --idle --estimate --estimate-watts
				--sysroot --from --any --reference --metric -o --output --report --json --show-output --fail-if --no-ci -q --quiet --label --no-history -h --help -V --version" -- "$current")
		else
			mapfile -t COMPREPLY < <(compgen -c -- "$current")
		fi
		;;
	esac
}

_joules_check()
{
	local current=$1 previous=$2
	case $previous in
	--undecided) mapfile -t COMPREPLY < <(compgen -W "fail pass" -- "$current") ;;
	--baseline) mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
	--against) mapfile -t COMPREPLY < <(compgen -c -- "$current") ;;
	--budget | --allow) ;;
	*)
		_joules_shared "$current" "$previous" && return
		if [[ $current == -* ]]; then
			mapfile -t COMPREPLY < <(compgen -W "--budget --against --baseline --save --allow --undecided -r --runs -w --warmup --setup --prepare --conclude --cleanup
				--every --color --input --user --ignore-failure --domains --idle --estimate --estimate-watts --sysroot -o --output --report --json
				--no-ci -q --quiet --label --no-history -h --help -V --version" -- "$current")
		else
			mapfile -t COMPREPLY < <(compgen -c -- "$current")
		fi
		;;
	esac
}

_joules_history()
{
	local current=$1 previous=$2
	if [[ $previous == -o || $previous == --output ]]; then
		mapfile -t COMPREPLY < <(compgen -W "csv: csv-full: json: mongodb: print: sqlite:" -- "$current"; compgen -f -- "$current")
		compopt -o nospace
	elif [[ $previous == --color ]]; then
		mapfile -t COMPREPLY < <(compgen -W "auto always never" -- "$current")
	elif [[ $current == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "-o --output --json --color -h --help" -- "$current")
	else
		local words="command= name= host= id= since= until= label."
		((COMP_CWORD == 2)) && words="show export push rm limit $words"
		mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current"; compgen -f -- "$current")
		compopt -o nospace
	fi
}

_joules()
{
	local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
	COMPREPLY=()
	[[ $current == : ]] && current=""
	if ((COMP_CWORD == 1)); then
		mapfile -t COMPREPLY < <(compgen -W "run compare check list doctor history mark -h --help -V --version" -- "$current")
		return
	fi
	case ${COMP_WORDS[1]} in
	run) _joules_run "$current" "$previous" ;;
	compare) _joules_compare "$current" "$previous" ;;
	check) _joules_check "$current" "$previous" ;;
	list | doctor)
		if [[ $previous == --sysroot ]]; then
			mapfile -t COMPREPLY < <(compgen -d -- "$current")
		elif [[ $previous == --color ]]; then
			mapfile -t COMPREPLY < <(compgen -W "auto always never" -- "$current")
		else
			mapfile -t COMPREPLY < <(compgen -W "--json --color --sysroot -h --help" -- "$current")
		fi
		;;
	history) _joules_history "$current" "$previous" ;;
	mark) mapfile -t COMPREPLY < <(compgen -W "-h --help" -- "$current") ;;
	esac
}

complete -F _joules joules
