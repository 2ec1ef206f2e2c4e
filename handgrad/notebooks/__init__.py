"""What a submitted notebook is: it is read, brought back into the released form, and made safe to open."""
