/* SPDX-License-Identifier: MIT */
#include "devices/settings.h"

#include <string.h>

#include "base/sized.h"
#include "base/text.h"
#include "base/words.h"

/* One of them, in the string. */
struct item {
	const char *name; /* "DEVICE.NAME" */
	size_t name_length;
	const char *value; /* NULL: there is no = */
	size_t value_length;
};

static const char *trimmed(const char *begin, const char *end, size_t *length)
{
	while (begin < end && (*begin == ' ' || *begin == '\t'))
		begin++;
	while (begin < end && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	*length = (size_t)(end - begin);
	return begin;
}

/* The next one at *at; false at the end. Between two commas there may be nothing. */
static bool next(const char **at, struct item *item)
{
	*item = (struct item){ .name = NULL };
	while (*at && **at && item->name_length == 0) {
		const char *begin = *at, *end = begin + strcspn(begin, ",");
		const char *equals = memchr(begin, '=', (size_t)(end - begin));
		item->name = trimmed(begin, equals ? equals : end, &item->name_length);
		if (equals)
			item->value = trimmed(equals + 1, end, &item->value_length);
		*at = *end ? end + 1 : end;
		if (equals)
			return true;
	}
	return item->name_length > 0;
}

bool joules_setting_get(const joules_options *options, const char *name, char value[JOULES_SETTING_MAX])
{
	const char *at = options->settings;
	bool found = false;
	for (struct item item; next(&at, &item);) {
		if (item.name_length != strlen(name) || memcmp(item.name, name, item.name_length) != 0 || !item.value ||
		    item.value_length >= JOULES_SETTING_MAX)
			continue;
		memcpy(value, item.value, item.value_length);
		value[item.value_length] = '\0';
		found = true;
	}
	return found;
}

/* ---- are they right? ---- */

/* A device's setting, in the struct that this library knows; false beyond the last. */
static bool setting_at(const joules_device_ops *ops, size_t index, joules_setting *setting)
{
	if (!ops->settings || !ops->settings[index])
		return false;
	*setting = (joules_setting){ .size = 0 };
	return sized_take(setting, sizeof *setting, ops->settings[index], "joules_setting") == JOULES_OK;
}

bool settings_have_names(const joules_device_ops *ops)
{
	joules_setting setting;
	for (size_t i = 0; ops->settings && ops->settings[i]; i++)
		if (!setting_at(ops, i, &setting) || !setting.name || !*setting.name)
			return false;
	return true;
}

static bool is_word(const char *word, const char *name, size_t length)
{
	return strlen(word) == length && memcmp(word, name, length) == 0;
}

static joules_status fail_unknown(struct text *message, const char *nearest)
{
	joules_status status = joules_fail(JOULES_INVALID_ARGUMENT, "%s%s%s%s", text_string(message),
	    nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
	text_free(message);
	return status;
}

static joules_status fail_device(const char *name, size_t length, const struct found_device *devices, size_t count)
{
	const char *nearest = NULL;
	for (size_t i = 0; i < count; i++)
		if (devices[i].ops->settings)
			nearest = words_nearer(name, length, nearest, devices[i].ops->name);
	struct text message = TEXT_INIT;
	text_addf(&message, "settings: there is no device '%.*s'", (int)length, name);
	return fail_unknown(&message, nearest);
}

static joules_status fail_setting(const joules_device_ops *ops, const char *name, size_t length)
{
	const char *nearest = NULL;
	joules_setting setting;
	struct text message = TEXT_INIT;
	text_addf(&message, "settings: the device %s has no setting '%.*s'", ops->name, (int)length, name);
	for (size_t i = 0; setting_at(ops, i, &setting); i++) {
		nearest = words_nearer(name, length, nearest, setting.name);
		text_addf(&message, "%s %s.%s%s%s%s", i ? "," : "; there is", ops->name, setting.name, setting.help ? " (" : "",
		    setting.help ? setting.help : "", setting.help ? ")" : "");
	}
	return fail_unknown(&message, nearest);
}

static joules_status check_value(
    const struct found_device *device, const joules_setting *setting, const struct item *item)
{
	char value[JOULES_SETTING_MAX];
	if (item->value_length >= sizeof value)
		return joules_fail(JOULES_INVALID_ARGUMENT,
		    "settings: the value of %s.%s has %zu bytes; it may have at most %zu", device->ops->name, setting->name,
		    item->value_length, sizeof value - 1);
	if (!setting->check)
		return JOULES_OK;
	memcpy(value, item->value, item->value_length);
	value[item->value_length] = '\0';
	joules_status status = setting->check(device->context, value);
	return status ? joules_fail(status, "%s.%s=%s: %s", device->ops->name, setting->name, value, joules_error_message())
	              : JOULES_OK;
}

static joules_status check_item(const struct item *item, const struct found_device *devices, size_t count)
{
	const char *dot = memchr(item->name, '.', item->name_length);
	if (!dot || !item->value)
		return joules_fail(JOULES_INVALID_ARGUMENT,
		    "settings: '%.*s' is not a setting; write DEVICE.NAME=VALUE, without a comma", (int)item->name_length,
		    item->name);
	size_t device_length = (size_t)(dot - item->name), length = item->name_length - device_length - 1;
	const struct found_device *device = devices;
	while (device < devices + count && !is_word(device->ops->name, item->name, device_length))
		device++;
	if (device == devices + count)
		return fail_device(item->name, device_length, devices, count);
	joules_setting setting;
	for (size_t i = 0; setting_at(device->ops, i, &setting); i++)
		if (is_word(setting.name, dot + 1, length))
			return check_value(device, &setting, item);
	return fail_setting(device->ops, dot + 1, length);
}

joules_status settings_check(const char *settings, const struct found_device *devices, size_t count)
{
	joules_status status = JOULES_OK;
	for (struct item item; !status && next(&settings, &item);)
		status = check_item(&item, devices, count);
	return status;
}
