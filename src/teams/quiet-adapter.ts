import { TeamsAdapter } from '@microsoft/teams-ai';
import type { Activity, InvokeResponse, TurnContext } from 'botbuilder';
import { AuthenticationError, type AuthenticateRequestResult } from 'botframework-connector';

/** An adapter that answers what it refuses without printing a stack to the console: anybody can send such requests, and the bot has a log of its own. */
export class QuietAdapter extends TeamsAdapter {
  protected override processActivity(
    authorization: string,
    activity: Activity,
    logic: (context: TurnContext) => Promise<void>,
  ): Promise<InvokeResponse | undefined>;
  protected override processActivity(
    authenticated: AuthenticateRequestResult,
    activity: Activity,
    logic: (context: TurnContext) => Promise<void>,
  ): Promise<InvokeResponse | undefined>;
  protected override processActivity(
    authorization: string | AuthenticateRequestResult,
    activity: Activity,
    logic: (context: TurnContext) => Promise<void>,
  ): Promise<InvokeResponse | undefined> {
    // Both forms are one method; its types tell them apart.
    return super.processActivity(authorization as string, activity, logic).catch(toRefusal);
  }
}

function toRefusal(error: unknown): InvokeResponse {
  const status = error instanceof AuthenticationError ? 401 : 500;
  return { status, body: error instanceof Error ? error.message : String(error) };
}
